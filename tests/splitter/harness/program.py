"""kai-splitter as a child process, driven as its users drive it."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
# A system call that is not on the list must not stay unnoticed.
SANDBOX = os.environ.get("KAI_SPLITTER_SANDBOX", "kill")
DEADLINE = 20.0  # of everything that must happen soon; generous, since the machine may be busy


def program_path() -> str:
    return os.environ.get("KAI_SPLITTER_BIN", str(ROOT / "build/dev/bin/kai-splitter"))


def wait_until(holds, what: str):
    """Polls, since all that is waited for happens in another process."""
    end = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < end, f"{what}: not within {DEADLINE} s"
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def backend(id: str, port, track="stable", state="active") -> dict:
    ports = [port] if isinstance(port, int) else port
    return {"id": id, "version": id, "track": track, "state": state,
            "endpoints": [f"127.0.0.1:{each}" for each in ports]}


def route(weights: dict, **more) -> dict:
    """`weights`: share of each backend in ppm, by id."""
    shares = [{"backend": id, "ppm": ppm} for id, ppm in weights.items()]
    return {"id": "shop", "service": "shop", "match": [{"path_prefix": "/"}],
            "split": {"weights_ppm": shares}, **more}


class Splitter:
    def __init__(self, folder: pathlib.Path, backends: list, routes: list, *, listener=None, drain_ms=5000,
                 workers=2, keeper=False):
        self.keeper = keeper
        self.port = free_port()
        self.metrics_port = free_port()
        self.folder = folder
        self.control = str(folder / "run" / "control.sock")
        for name in ("run", "state"):
            (folder / name).mkdir(mode=0o700, exist_ok=True)
        self.configuration = {
            "workers": workers, "control_socket": self.control, "state_dir": str(folder / "state"),
            "metrics_address": f"127.0.0.1:{self.metrics_port}", "drain_ms": drain_ms,
            "listeners": [{"name": "web", "address": f"127.0.0.1:{self.port}", **(listener or {})}],
            "snapshot": {"writer_epoch": 1, "generation": 1, "backends": backends, "routes": routes}}
        self.handover = self.control + ".handover"
        self.process = None
        self.log = folder / "splitter.log"
        self.logs, self.older = [self.log], []

    def write(self) -> pathlib.Path:
        file = self.folder / "splitter.json"
        file.write_text(json.dumps(self.configuration))
        return file

    def start(self, held=None):
        """`held`: a listening socket that is handed over as a supervisor does."""
        command = [program_path(), "--config", str(self.write()), "--sandbox", SANDBOX]
        command += ["--keeper"] if self.keeper else []
        more = {}
        if held is not None:
            command = ["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"', *command]
            more = {"preexec_fn": lambda: os.dup2(held.fileno(), 3), "pass_fds": (3,)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stderr=log, **more)
        wait_until(self.is_listening, "listening")
        return self

    def is_listening(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return "listening" in self.log.read_text() and (not self.keeper or self.worker() is not None)

    def takeover_command(self, path=None) -> list:
        command = [program_path(), "--config", str(self.write()), "--sandbox", SANDBOX]
        return [*command, "--takeover", path or self.handover]

    def take_over(self) -> subprocess.Popen:
        """A new process takes over; returns the old one, which knows it and ends by and by."""
        old, old_log = self.process, self.log
        self.older.append(old)
        self.log = self.folder / f"splitter-{len(self.logs)}.log"
        self.logs.append(self.log)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(self.takeover_command(), stderr=log)
        wait_until(self.has_taken_over, "the takeover")
        # Until it has read that the new one is in charge, its answers are as before.
        wait_until(lambda: "handed_over" in old_log.read_text() or old.poll() is not None, "the old process' knowing")
        return old

    def has_taken_over(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return "taken_over" in self.log.read_text()

    def try_takeover(self, path=None) -> subprocess.CompletedProcess:
        """One that is to fail."""
        return subprocess.run(self.takeover_command(path), capture_output=True, timeout=60, check=False)

    def connect(self, timeout=DEADLINE) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client

    def worker(self):
        """Of a keeper: the process that works and is ready; None when it has ended."""
        ready = re.findall(r"worker_ready process=(\d+)", self.log.read_text())
        return int(ready[-1]) if ready and int(ready[-1]) in self.children() else None

    def children(self) -> list:
        try:
            tasks = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        except OSError:
            return []
        return [int(child) for child in tasks.split() if self.is_alive(child)]

    @staticmethod
    def is_alive(pid) -> bool:
        try:
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
        except OSError:
            return False

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        return self.process.wait(timeout=DEADLINE)

    def stop(self):
        children = self.children() if self.keeper and self.process else []
        for process in [*self.older, self.process]:
            if process and process.poll() is None:
                process.kill()
                process.wait()
        for child in children:
            with contextlib.suppress(ProcessLookupError):  # it was ending by itself
                os.kill(child, signal.SIGKILL)
