"""Something outside that versions need, as `shop_server --needs` does: there, or gone when the test says so."""
import contextlib
import subprocess
import sys

from .waiting import NotYet

SERVER = """
import socket, sys
listener = socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=1024)
print("ready", flush=True)
kept = []
while True:
    kept.append(listener.accept()[0])
"""


class Dependency:
    """Listens from the beginning. `inside` makes a command one that runs where the versions do."""

    def __init__(self, address: str, port: int, inside=lambda *command: list(command)):
        self.place = f"{address}:{port}"
        self.command = inside(sys.executable, "-c", SERVER, address, str(port))
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            self.stop()
            raise NotYet(f"nobody listens at {self.place}: exit {self.process.returncode}")

    def stop(self):
        """At once: whoever calls is refused from now on."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@contextlib.contextmanager
def dependency(*place, **more):
    made = Dependency(*place, **more)
    try:
        yield made
    finally:
        made.stop()
