"""A run of the shipped program, in the background or to its end."""
import json
import pathlib
import signal
import subprocess
import time
from dataclasses import dataclass

from .waiting import wait_until


@dataclass
class Finished:
    exit_code: int
    stdout: str
    stderr: str
    seconds: float
    memory_mib: float  # most that was ever resident, of the program alone

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    def json(self):
        return json.loads(self.stdout)


def ended(finished: Finished, code: int, *words: str) -> Finished:
    """The exit code and the words of the sentence, with all that was said when it is not so."""
    assert finished.exit_code == code, f"exit {finished.exit_code}, wanted {code}\n{finished.output}"
    for word in words:
        assert word in finished.output, f"'{word}' is not in:\n{finished.output}"
    return finished


def peak_mib(process: int) -> float:
    """Most memory that a process has had resident so far; 0 when it has ended."""
    try:
        status = pathlib.Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0)


def heed_interrupts():
    """A shell starts what it puts in the background with SIGINT ignored, and children inherit that: tests, too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Running:
    """A run that goes on in the background; its output can be read meanwhile."""

    def __init__(self, command: list, environment: dict, folder: pathlib.Path, number: int):
        self.stdout_file, self.stderr_file = folder / f"run-{number}.out", folder / f"run-{number}.err"
        self.began = time.monotonic()
        with self.stdout_file.open("wb") as stdout, self.stderr_file.open("wb") as stderr:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, cwd=folder,
                                            preexec_fn=heed_interrupts)

    def output(self) -> str:
        return self.stdout_file.read_text(errors="replace") + self.stderr_file.read_text(errors="replace")

    def is_running(self) -> bool:
        return self.process.poll() is None

    def signal(self, number: int = signal.SIGINT):
        self.process.send_signal(number)

    def end(self):
        """For good, whatever it does."""
        if self.is_running():
            self.process.kill()
            self.process.wait()

    def wait(self, timeout: float = 180) -> Finished:
        end, memory = time.monotonic() + timeout, 0
        while self.is_running():
            memory = max(memory, peak_mib(self.process.pid))
            if time.monotonic() >= end:
                self.end()
                raise AssertionError(f"still running after {timeout} s:\n{self.output()}")
            time.sleep(0.02)
        return Finished(self.process.returncode, self.stdout_file.read_text(errors="replace"),
                        self.stderr_file.read_text(errors="replace"), time.monotonic() - self.began, memory)

    def wait_for(self, what: str, condition, timeout: float = 60):
        """Until `condition()` is true; a run that ends first fails the test with what it said."""
        def holds():
            answer = condition()
            assert answer or self.is_running(), f"ended with {self.process.returncode} before: {what}\n{self.output()}"
            return answer
        return wait_until(what, holds, timeout)
