"""The whole bed: what `bed.py up` and the session fixture of pytest bring up."""
import os
import pathlib
import shutil
import subprocess

from . import paths, processes
from .control_plane import ControlPlane
from .data_plane import DataPlane
from .images import Images
from .prometheus import Prometheus
from .reader import Reader


def why_impossible() -> str:
    """Empty when this machine can run the bed; else the reason, in words for a skipped test."""
    if os.uname().sysname != "Linux" or os.uname().machine != "x86_64":
        return "the cluster bed runs on Linux x86_64 only"
    if os.geteuid() != 0:
        return "the cluster bed needs root for network namespaces and overlay mounts"
    if not shutil.which("go", path=os.environ["PATH"] + ":/usr/local/go/bin") and not paths.kubebed().exists():
        return "Go is not installed and the cluster bed is not built yet"
    if not shutil.which("ip"):
        return "the command 'ip' is missing (Debian package iproute2)"
    probe = subprocess.run(["unshare", "--net", "--mount", "true"], check=False, capture_output=True, text=True)
    return f"no network namespaces here: {probe.stderr.strip()}" if probe.returncode else ""


def install_tools():
    """Builds or fetches what is not in the cache yet; minutes on a cold machine, nothing on a warm one."""
    finished = subprocess.run([paths.HERE / "install_tools.sh"], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if finished.returncode:
        raise paths.BedError(f"install_tools.sh failed:\n{finished.stdout[-4000:]}")


# The kubelet binds Unix sockets below the folder, and their paths end at 107 characters.
FOLDER_LENGTH_MAX = 64


class Bed:
    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.control_plane = ControlPlane(folder)
        self.data_plane = DataPlane(self.control_plane)
        self.prometheus = Prometheus(self.control_plane)
        self.images = Images(folder)
        self.reader = Reader(folder)

    def up(self):
        if len(str(self.folder)) > FOLDER_LENGTH_MAX:
            raise paths.BedError(f"the path {self.folder} is longer than {FOLDER_LENGTH_MAX} characters: set KAI_BED_DIR to a shorter one")
        self.down()  # what a crash left behind
        (self.folder / "logs").mkdir(parents=True)
        try:
            self.images.up()
            self.control_plane.up()
            self.reader.start()
            self.data_plane.up()
            self.prometheus.start()
        except Exception as error:
            kept = self._keep_logs()
            self.down()
            raise paths.BedError(f"the bed did not come up: {error}\nlogs: {kept}") from error

    def down(self):
        self.prometheus.kill()
        self.data_plane.down()
        self.reader.stop()
        self.control_plane.down()

    def _keep_logs(self) -> pathlib.Path:
        kept = self.folder.with_name(self.folder.name + "-failed-logs")
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.folder / "logs", kept)
        return kept

    def exec(self, *command, **more) -> subprocess.CompletedProcess:
        """Inside the namespace, as admin; raises BedError on failure."""
        return processes.run(*self.control_plane.command(*command), **more)
