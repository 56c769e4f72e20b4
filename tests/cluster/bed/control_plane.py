"""etcd, API server, controllers, scheduler and process nodes: kubebed in its own network namespace."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from . import paths, processes

NODES = 2


class ControlPlane:
    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.kubeconfig = folder / "admin.kubeconfig"
        self.audit_log = folder / "logs" / "audit.log"

    def up(self):
        manifests = self.folder / "manifests"
        manifests.mkdir(parents=True)
        for source in [*(paths.cache() / "kubebed" / "crds").iterdir(), paths.cache() / "crds" / "contour.yaml"]:
            shutil.copy(source, manifests)
        processes.run(paths.kubebed(), "up", f"-nodes={NODES}", f"-crds={manifests}",
                      f"-audit-policy={paths.HERE / 'audit-policy.yaml'}", self.folder, timeout=150)

    def down(self):
        """Ends everything in the namespace, whoever started it, then the namespace and the folder."""
        if self.folder.exists() and paths.kubebed().exists():
            subprocess.run([paths.kubebed(), "down", self.folder], check=False, capture_output=True, timeout=60)
        name = processes.network_name(self.folder)
        if pathlib.Path("/run/netns", name).exists():
            self._end_processes(name)
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        self._unmount()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.folder.exists():
            raise paths.BedError(f"cannot remove {self.folder}; is something mounted there?")

    def _end_processes(self, name: str):
        for patience in range(50):
            pids = subprocess.run(["ip", "netns", "pids", name], check=False, capture_output=True, text=True).stdout.split()
            if not pids:
                return
            for pid in pids:
                try:
                    os.kill(int(pid), signal.SIGKILL if patience >= 10 else signal.SIGTERM)
                except ProcessLookupError:
                    pass
            time.sleep(0.1)

    def _unmount(self):
        """Volumes of a kubelet that was killed. Normally they died with its mount namespace."""
        mounts = [line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()]
        for mount in sorted((m for m in mounts if m.startswith(f"{self.folder}/")), reverse=True):
            subprocess.run(["umount", "-l", mount], check=False, capture_output=True)

    def command(self, *command) -> list:
        """`command` as it must be run to be inside the bed's network; see processes.inside."""
        return processes.inside(self.folder, *command)

    def kubectl(self, *arguments, timeout=60, **more) -> str:
        return processes.run(*self.command("kubectl", *arguments), timeout=timeout, **more).stdout

    @contextlib.contextmanager
    def schedules_on(self, index: int):
        """New pods go to this node only, as long as the block lasts; those that run stay where they are."""
        others = [f"node-{other}" for other in range(NODES) if other != index]
        self.kubectl("cordon", *others)
        try:
            yield
        finally:
            self.kubectl("uncordon", *others)

    def kill_node(self, index: int):
        processes.run(paths.kubebed(), "node-kill", self.folder, index)

    def start_nodes(self):
        processes.run(paths.kubebed(), "node-start", self.folder)

    def nodes_are_ready(self) -> bool:
        nodes = json.loads(self.kubectl("get", "nodes", "-o", "json"))["items"]
        return all(condition["status"] == "True" for node in nodes for condition in node["status"]["conditions"]
                   if condition["type"] == "Ready")
