"""A shop on this machine, as a user has it: a service file, a folder of versions, and the command line."""
import json
import os
import pathlib

from stories.running import Finished, Running
from stories.socket_file import SocketFile

from .programs import answers, built, end_all, free_port, free_range, processes_in
from .visitors import visitors_at

# What a version is like.
VERSIONS = {
    "v1": [],
    "v2": [],
    "v3": ["--error-percent=20"],
    "v4": ["--latency-mean-ms=900"],
    "v5": ["--crash-at-start"],
    "unhealthy": ["--ready-after-s=3600"],
}
SERVICE = """\
- name: {name}
  listen: 127.0.0.1:{listen}
  match: {{path_prefix: {path}}}
  run: ["./releases/{{tag}}/{name}", "--port={{port}}"]
  instances: {instances}
  health: {{path: /health, within: {health_within}}}
  stop: {{signal: TERM, within: 5s}}
"""
SERVICE_FILE = """\
release: shop
services:
{services}ports: {{first: {first}, last: {last}}}
canary:
  weight: 25
  analysis: {{interval: 2s, time: {time}, finalBake: 2s, threshold: {{success: 95, latency: 500}}}}
  clone: {{drainTimeout: 1s}}
"""
ONE = {"api-server": "/"}  # paths by service


class Shop:
    """In `folder`, whose path must be short: a socket lies in it."""

    def __init__(self, folder: pathlib.Path, *, services: dict = None, instances: int = 2, time: str = "6s", health_within: str = "10s"):
        self.folder = folder
        self.services = services or ONE
        self.port = free_port()
        self.file = folder / "kai.yaml"
        self.state = folder / "state"
        self.runs = []
        first, last = free_range(52)
        self.spare_ports = (last - 1, last)  # for what versions need beside
        for tag, faults in VERSIONS.items():
            self.add(tag, {service: faults for service in self.services})
        told = [SERVICE.format(name=name, path=path, listen=self.port, instances=instances, health_within=health_within)
                for name, path in self.services.items()]
        self.file.write_text(SERVICE_FILE.format(services="".join(told), first=first, last=last - 2, time=time))

    def add(self, tag: str, faults: dict, before: str = ""):
        """A version of the services: the sample program with its faults, and what its script does before it."""
        server = built("shop_server", "KAI_SHOP_SERVER")
        for service in self.services:
            program = self.folder / "releases" / tag / service
            program.parent.mkdir(parents=True, exist_ok=True)
            flags = " ".join([f"--service={service}", f"--version={tag}", "--stop-delay-ms=100", *faults.get(service, [])])
            program.write_text(f'#!/bin/sh\n{before}\nexec {server} {flags} "$@"\n')
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
        crowd = self.visitors("first-visitors")
        finished = run.wait()
        crowd.stop()
        assert finished.exit_code == 0, finished.output

    def visitors(self, name: str = "visitors"):
        return visitors_at(self.port, self.folder / f"{name}.jsonl", paths=self.services.values())

    def snapshot(self) -> dict:
        """What the splitter has in force."""
        connection = SocketFile(self.state / "shop" / "control.sock")
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
            run.end()
        end_all(self.folder)
