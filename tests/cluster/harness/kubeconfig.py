"""The user's kubeconfig: contexts "bed" (works) and "elsewhere" (current, and leads nowhere)."""
import pathlib

from bed.cluster import Bed

CONTEXT = "bed"


class Kubeconfig:
    """The current context is one that must not be used, so that whoever relies on it is found out."""

    def __init__(self, bed: Bed, path: pathlib.Path):
        self.path = path
        path.write_text(bed.control_plane.kubectl("config", "view", "--raw", "--flatten"))
        path.chmod(0o600)
        for change in (["rename-context", "kubebed", CONTEXT],
                       ["set-cluster", "elsewhere", "--server=https://127.0.0.1:1"],
                       ["set-context", "elsewhere", "--cluster=elsewhere", "--user=admin"],
                       ["use-context", "elsewhere"]):
            bed.control_plane.kubectl("--kubeconfig", path, "config", *change)
        self.before = path.read_bytes()

    def unchanged(self) -> bool:
        return self.path.read_bytes() == self.before
