"""The release `kai` as its owner handles it: plain Helm, 4 or 3."""
import json
import os

from bed import paths, processes

from .namespace import Namespace


# Both Helms and both ways of applying: Helm 4 applies on the server unless it is told otherwise, Helm 3 never does.
# Name of the Helm, and what `helm install` is told beside the usual.
WAYS = {"helm4": ("helm", ()), "helm4-client-side": ("helm", ("--server-side=false",)), "helm3": ("helm3", ())}


def helm_environment(namespace: Namespace, helm: str = "helm") -> dict:
    """Helm's own folders and a PATH on which `helm` is the version that was asked for."""
    folder = namespace.bed.folder / "helm" / helm
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "helm"
    if not link.exists():
        link.symlink_to(paths.tool(helm))
    return {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "HELM_CACHE_HOME": str(folder / "cache"),
        "HELM_CONFIG_HOME": str(folder / "config"),
        "HELM_DATA_HOME": str(folder / "data"),
    }


class Release:
    def __init__(self, namespace: Namespace, helm: str = "helm", name: str = "kai"):
        self.namespace = namespace
        self.helm_name = helm  # "helm" (4) or "helm3"
        self.name = name

    def helm(self, *arguments, timeout=150) -> str:
        command = self.namespace.bed.control_plane.command("helm", *arguments, "-n", self.namespace.name)
        environment = {**os.environ, **helm_environment(self.namespace, self.helm_name)}
        return processes.run(*command, timeout=timeout, env=environment).stdout

    def install(self, tag: str = "v1", *more):
        self.helm("install", self.name, self.namespace.chart, "-f", self.namespace.values_file,
                  "--set", f"global.image.tag={tag}", "--wait", "--timeout=60s", *more)

    def upgrade(self, tag: str, *more):
        self.helm("upgrade", self.name, self.namespace.chart, "-f", self.namespace.values_file,
                  "--set", f"global.image.tag={tag}", "--wait", "--timeout=60s", *more)

    def history(self) -> list:
        """Oldest first: revision, status, description, ..."""
        return json.loads(self.helm("history", self.name, "-o", "json"))

    def revision(self) -> int:
        return self.history()[-1]["revision"]

    def status(self) -> str:
        return self.history()[-1]["status"]

    def values(self) -> dict:
        return json.loads(self.helm("get", "values", self.name, "-o", "json"))

    def manifest(self) -> str:
        return self.helm("get", "manifest", self.name)
