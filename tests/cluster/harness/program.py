"""The shipped program kai-canary, run inside the bed as a user would run it."""
import os
import pathlib

from bed import paths
from stories.running import Finished, Running

from .kubeconfig import CONTEXT, Kubeconfig
from .namespace import ENVIRONMENT, Namespace
from .release import helm_environment

WRAPPER = paths.CHECKOUT / "helm-charts" / "helm-deploy.sh"


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
            run.end()
