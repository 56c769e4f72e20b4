"""Where things lie: the cache of tools, built programs, and a folder per running bed."""
import fcntl
import hashlib
import os
import pathlib
import tempfile

from stories.waiting import NotYet

HERE = pathlib.Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
SLOTS_MAX = 8


class BedError(NotYet):
    """Something the bed needs is missing or did not come up; the message says what to do."""


def cache() -> pathlib.Path:
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("KAI_BED_CACHE") or pathlib.Path(base) / "kai-canary" / "bed")


def kubebed() -> pathlib.Path:
    return cache() / "kubebed" / "kubebed"


def tool(name: str) -> pathlib.Path:
    return cache() / "bin" / name


def built_program(name: str, variable: str) -> pathlib.Path:
    """The program `name`: $variable, else the newest one in the build folders ($KAI_BUILD_DIR, build/release, build/dev)."""
    named = os.environ.get(variable)
    if named:
        if not os.access(named, os.X_OK):
            raise BedError(f"{variable}={named} is not a program")
        return pathlib.Path(named).resolve()
    own = os.environ.get("KAI_BUILD_DIR")
    folders = [pathlib.Path(own)] if own else [CHECKOUT / "build" / "release", CHECKOUT / "build" / "dev"]
    candidates = [folder / place / name for folder in folders for place in ("bin", "examples/shop", "src/app", ".")]
    built = [program for program in candidates if program.is_file() and os.access(program, os.X_OK)]
    if not built:
        raise BedError(f"{name} is not built: run 'make build', or name it by {variable}")
    return max(built, key=lambda program: program.stat().st_mtime).resolve()


def base_folder() -> pathlib.Path:
    """One per checkout, so that two of them do not meet."""
    mark = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]
    return pathlib.Path(os.environ.get("KAI_BED_DIR") or pathlib.Path(tempfile.gettempdir()) / f"kai-bed-{mark}")


class Slot:
    """A bed folder that is ours as long as this process lives. Whoever gets it later may clear what a crash left."""

    def __init__(self):
        base = base_folder()
        base.mkdir(parents=True, exist_ok=True)
        for number in range(SLOTS_MAX):
            self.folder = base / f"bed-{number}"
            self._lock = open(base / f"bed-{number}.lock", "w", encoding="ascii")
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                self._lock.close()
        raise BedError(f"{SLOTS_MAX} beds are running already in {base}")

    def release(self):
        self._lock.close()
