"""A shop on this machine, as a user has it: a service file, a folder of versions, and the command line."""
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
from dataclasses import dataclass

from .programs import answers, built, end_all, free_port, free_range, processes_in, wait_until
from .visitors import Visitors

# What a version is like.
VERSIONS = {
    "v1": [],
    "v2": [],
    "v3": ["--error-percent=20"],
    "v4": ["--latency-mean-ms=900"],
    "crashes": ["--crash-at-start"],
    "unhealthy": ["--ready-after-s=3600"],
}
SERVICE_FILE = """\
release: shop
services:
- name: api-server
  listen: 127.0.0.1:{listen}
  run: ["./releases/{{tag}}/api-server", "--port={{port}}"]
  instances: {instances}
  health: {{path: /health, within: {health_within}}}
  stop: {{signal: TERM, within: 5s}}
ports: {{first: {first}, last: {last}}}
canary:
  weight: 25
  analysis: {{interval: 2s, time: {time}, finalBake: 2s, threshold: {{success: 95, latency: 500}}}}
  clone: {{drainTimeout: 1s}}
"""


@dataclass
class Finished:
    exit_code: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    def json(self):
        return json.loads(self.stdout)


class Running:
    """A run that goes on in the background; its output can be read meanwhile."""

    def __init__(self, command: list, environment: dict, folder: pathlib.Path, number: int):
        self.stdout_file, self.stderr_file = folder / f"run-{number}.out", folder / f"run-{number}.err"
        self.began = time.monotonic()
        with self.stdout_file.open("wb") as stdout, self.stderr_file.open("wb") as stderr:
            # A shell starts what it puts in the background with SIGINT ignored, and children inherit that: tests, too.
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, cwd=folder,
                                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))

    def output(self) -> str:
        return self.stdout_file.read_text(errors="replace") + self.stderr_file.read_text(errors="replace")

    def is_running(self) -> bool:
        return self.process.poll() is None

    def signal(self, number: int = signal.SIGINT):
        self.process.send_signal(number)

    def wait(self, timeout: float = 120) -> Finished:
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"still running after {timeout} s:\n{self.output()}") from None
        return Finished(self.process.returncode, self.stdout_file.read_text(errors="replace"),
                        self.stderr_file.read_text(errors="replace"), time.monotonic() - self.began)

    def wait_for(self, what: str, condition, timeout: float = 60):
        """Until `condition()` is true; a run that ends first fails the test with what it said."""
        def holds():
            answer = condition()
            assert answer or self.is_running(), f"ended with {self.process.returncode} before: {what}\n{self.output()}"
            return answer
        return wait_until(what, holds, timeout)


class Unix(http.client.HTTPConnection):
    def __init__(self, path: pathlib.Path):
        super().__init__("kai", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Shop:
    """In `folder`, whose path must be short: a socket lies in it."""

    def __init__(self, folder: pathlib.Path, *, instances: int = 2, time: str = "6s", health_within: str = "10s"):
        self.folder = folder
        self.port = free_port()
        self.file = folder / "kai.yaml"
        self.state = folder / "state"
        self.runs = []
        first, last = free_range(50)
        for tag, faults in VERSIONS.items():
            self.add(tag, *faults)
        self.file.write_text(SERVICE_FILE.format(listen=self.port, first=first, last=last, instances=instances, time=time,
                                                 health_within=health_within))

    def add(self, tag: str, *faults: str):
        """A version of the program: the sample service with its faults."""
        program = self.folder / "releases" / tag / "api-server"
        program.parent.mkdir(parents=True, exist_ok=True)
        server = built("shop_server", "KAI_SHOP_SERVER")
        program.write_text(f'#!/bin/sh\nexec {server} --version={tag} --stop-delay-ms=100 {" ".join(faults)} "$@"\n')
        program.chmod(0o755)

    def environment(self) -> dict:
        """Nothing of the caller's settings leaks in; HOME is empty, so no file of the user's is read."""
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "TZ", "TERM", "TMPDIR")}
        (self.folder / "home").mkdir(exist_ok=True)
        return {**kept, "HOME": str(self.folder / "home"), "KAI_CANARY_STATE_DIR": str(self.state),
                "KAI_SPLITTER": str(built("kai-splitter", "KAI_SPLITTER_BIN"))}

    def start(self, *words: str, **environment: str) -> Running:
        command = [str(built("kai-canary", "KAI_CANARY_BIN")), *words]
        self.runs.append(Running(command, {**self.environment(), **environment}, self.folder, len(self.runs)))
        return self.runs[-1]

    def __call__(self, *words: str, timeout: float = 120, **environment: str) -> Finished:
        return self.start(*words, **environment).wait(timeout)

    def deploy(self, tag: str, *more: str) -> Running:
        return self.start("deploy", "kai.yaml", f"--tag={tag}", *more)

    def install(self, tag: str = "v1"):
        """The first version, up and served."""
        run = self.deploy(tag, "--interval=1s", "--final-bake=1s")
        run.wait_for("users are answered", lambda: answers(self.port))
        crowd = Visitors(self.port, self.folder / "first-visitors.jsonl")
        finished = run.wait()
        crowd.stop()
        assert finished.exit_code == 0, finished.output

    def snapshot(self) -> dict:
        """What the splitter has in force."""
        connection = Unix(self.state / "shop" / "control.sock")
        connection.request("GET", "/v1/snapshot")
        reply = connection.getresponse()
        text = reply.read()
        connection.close()
        assert reply.status == 200, text
        return json.loads(text)

    def weights(self) -> dict:
        """Percent by version."""
        snapshot = self.snapshot()
        versions = {backend["id"]: backend["version"] for backend in snapshot["backends"]}
        closed = {backend["id"] for backend in snapshot["backends"] if backend.get("state") == "closed"}
        split = snapshot["routes"][0]["split"]["weights_ppm"]
        return {versions[share["backend"]]: share["ppm"] / 10_000 for share in split if share["backend"] not in closed}

    def weight_of(self, tag: str) -> float:
        return self.weights().get(tag, 0)

    def instances(self) -> dict:
        """How many processes of each version run."""
        counts = {}
        for command in processes_in(self.folder).values():
            for word in command.split():
                if word.startswith("--version="):
                    counts[word.split("=")[1]] = counts.get(word.split("=")[1], 0) + 1
        return counts

    def pids_of(self, tag: str) -> list:
        return [pid for pid, command in processes_in(self.folder).items() if f"--version={tag}" in command.split()]

    def splitter(self) -> int:
        """Its process id."""
        return next(pid for pid, command in processes_in(self.folder).items() if "splitter.json" in command)

    def end(self):
        for run in self.runs:
            if run.is_running():
                run.signal(signal.SIGKILL)
                run.process.wait()
        end_all(self.folder)
