"""The shipped programs, and processes that are found again by the folder that they work in."""
import os
import pathlib
import signal
import socket
import time

from stories.waiting import NotYet

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]


class NotHere(NotYet):
    """Something that must be there is not: the message says what to do."""


def built(name: str, variable: str) -> pathlib.Path:
    """The program `name`: $variable, else the newest one in the build folders ($KAI_BUILD_DIR, build/release, build/dev)."""
    named = os.environ.get(variable)
    if named:
        return pathlib.Path(named).resolve()
    own = os.environ.get("KAI_BUILD_DIR")
    folders = [pathlib.Path(own)] if own else [CHECKOUT / "build" / "release", CHECKOUT / "build" / "dev"]
    found = [folder / place / name for folder in folders for place in ("bin", "examples/shop")]
    found = [program for program in found if os.access(program, os.X_OK)]
    if not found:
        raise NotHere(f"{name} is not built: run 'make build', or name it by {variable}")
    return max(found, key=lambda program: program.stat().st_mtime).resolve()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def free_range(size: int) -> tuple:
    """First and last of so many neighbouring ports that nobody listens on, outside of what the kernel gives away by itself."""
    low = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for first in range(12000 + os.getpid() % 1000 * 10, low - size, size):
        taken = False
        for port in range(first, first + size):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                taken = taken or probe.connect_ex(("127.0.0.1", port)) == 0
        if not taken:
            return first, first + size - 1
    raise NotHere("no range of ports is free")


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def processes_in(folder: pathlib.Path) -> dict:
    """Command lines by pid of all that work in the folder or name it; no zombies, and not ourselves."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            place = os.readlink(entry / "cwd")
        except OSError:
            continue  # it ended, or it is somebody else's
        inside = place == str(folder) or place.startswith(f"{folder}/")
        if command and (inside or str(folder) in command):
            found[int(entry.name)] = command
    return found


def end_all(folder: pathlib.Path, patience: float = 10):
    """SIGTERM, then SIGKILL, until nothing works in the folder any more."""
    end = time.monotonic() + patience
    sent = set()
    while running := processes_in(folder):
        late = time.monotonic() > end
        for pid in running:
            if late or pid not in sent:
                sent.add(pid)
                try:
                    os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
                except ProcessLookupError:
                    pass
        time.sleep(0.02)
