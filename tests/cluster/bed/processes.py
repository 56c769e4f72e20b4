"""Long-lived programs inside the bed's namespace, found again by pid file after a crash of whoever started them."""
import os
import pathlib
import signal
import subprocess
import time

from stories.waiting import wait_until  # noqa: F401  (also for who uses this module)

from . import paths


def run(*command, timeout=60, **more) -> subprocess.CompletedProcess:
    """Runs to the end; a failure becomes a BedError that holds what the program said."""
    try:
        return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, timeout=timeout, **more)
    except subprocess.CalledProcessError as error:
        raise paths.BedError(f"{' '.join(map(str, command))}: exit {error.returncode}: {error.stderr.strip() or error.stdout.strip()}") from None
    except subprocess.TimeoutExpired:
        raise paths.BedError(f"{' '.join(map(str, command))}: still running after {timeout} s") from None


def inside(folder: pathlib.Path, *command) -> list:
    """`command` as it must be run to be inside the bed's network, with the admin's KUBECONFIG. It keeps its process id.
    `kubebed exec` does the same, but its start alone costs a tenth of a CPU second."""
    first = [paths.kubebed(), "kubectl"] if command[0] == "kubectl" else [command[0]]
    words = ["env", f"KUBECONFIG={folder / 'admin.kubeconfig'}", "ip", "netns", "exec", network_name(folder), *first, *command[1:]]
    return [str(word) for word in words]


def network_name(folder: pathlib.Path) -> str:
    """As kubebed names it: FNV-1a of the folder."""
    value = 0x811C9DC5
    for byte in str(folder).encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return f"kubebed-{value:08x}"


class Daemon:
    """One program, started under keep.sh. Its command line must hold the bed's folder, by which it is known again."""

    def __init__(self, folder: pathlib.Path, name: str):
        self.folder = folder
        self.name = name
        self.pid_file = folder / f"{name}.pid"
        self.log = folder / "logs" / f"{name}.log"

    def pid(self) -> int:
        """0 unless it runs."""
        try:
            pid = int(self.pid_file.read_text())
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return 0
        return pid if str(self.folder).encode() in command else 0

    def start(self, *command):
        self.pid_file.unlink(missing_ok=True)
        run(*inside(self.folder, paths.HERE / "keep.sh", self.pid_file, self.log, *command))
        wait_until(f"start of {self.name}", self.pid_file.exists, 10, 0.01)

    def stop(self, with_signal=signal.SIGTERM, patience=5.0):
        pid = self.pid()
        if pid:
            os.kill(pid, with_signal)
        end = time.monotonic() + patience
        while self.pid():
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
                end += patience
            time.sleep(0.02)

    def said(self) -> str:
        """The end of its log, for messages."""
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
