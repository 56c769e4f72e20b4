"""The shipped program kai-canary, run inside the bed as a user would run it."""
import json
import os
import pathlib
import signal
import subprocess
import time
from dataclasses import dataclass

from bed import paths, processes

from .kubeconfig import CONTEXT, Kubeconfig
from .namespace import ENVIRONMENT, Namespace
from .release import helm_environment

WRAPPER = paths.CHECKOUT / "helm-charts" / "helm-deploy.sh"


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
        with open(self.stdout_file, "wb") as stdout, open(self.stderr_file, "wb") as stderr:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, cwd=folder,
                                            preexec_fn=heed_interrupts)

    def output(self) -> str:
        return self.stdout_file.read_text(errors="replace") + self.stderr_file.read_text(errors="replace")

    def is_running(self) -> bool:
        return self.process.poll() is None

    def signal(self, number: int = signal.SIGINT):
        self.process.send_signal(number)

    def wait(self, timeout: float = 120) -> Finished:
        end, memory = time.monotonic() + timeout, 0
        while self.is_running():
            memory = max(memory, peak_mib(self.process.pid))
            if time.monotonic() >= end:
                self.process.kill()
                self.process.wait()
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
        return processes.wait_until(what, holds, timeout)


class Program:
    """`program("status", ...)` runs to the end, `program.start(...)` in the background."""

    def __init__(self, namespace: Namespace, kubeconfig: Kubeconfig, folder: pathlib.Path, helm: str = "helm"):
        self.binary = paths.built_program("kai-canary", "KAI_CANARY_BIN")
        self.namespace, self.kubeconfig, self.folder, self.helm = namespace, kubeconfig, folder, helm
        self.runs = []

    def environment(self) -> dict:
        """Nothing of the caller's settings leaks in; HOME is empty, so no file of the user's is read."""
        kept = {key: value for key, value in os.environ.items() if key in ("LANG", "TZ", "TERM", "TMPDIR")}
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return {**kept, **helm_environment(self.namespace, self.helm), "HOME": str(home),
                "KAI_CANARY": str(self.binary), "KAI_CANARY_CHART": str(self.namespace.chart)}

    def command(self, *arguments, wrapper: bool = False) -> list:
        """kubebed sets KUBECONFIG to the admin's, so ours is set behind it. All of these keep the process id."""
        program = str(WRAPPER if wrapper else self.binary)
        return self.namespace.bed.control_plane.command("env", f"KUBECONFIG={self.kubeconfig.path}", program, *arguments)

    def start(self, *arguments, wrapper: bool = False, environment: dict = None) -> Running:
        run = Running(self.command(*arguments, wrapper=wrapper), {**self.environment(), **(environment or {})}, self.folder, len(self.runs))
        self.runs.append(run)
        return run

    def __call__(self, *arguments, timeout: float = 120, **more) -> Finished:
        return self.start(*arguments, **more).wait(timeout)

    def where(self) -> list:
        """The cluster and namespace, for verbs about a release."""
        return [f"--context={CONTEXT}", f"--namespace={self.namespace.name}"]

    def canary(self, tag: str, *more, canary_time: str = "0.5", interval: str = "2s") -> list:
        """Options of the wrapper for a short rollout of `tag`; later ones win."""
        return [f"--context={CONTEXT}", f"--env={ENVIRONMENT}", "--canary", f"--tag={tag}", f"--namespace={self.namespace.name}",
                f"--canary-time={canary_time}", f"--interval={interval}", *more]

    def end_all(self):
        for run in self.runs:
            if run.is_running():
                run.signal(signal.SIGKILL)
                run.process.wait()
