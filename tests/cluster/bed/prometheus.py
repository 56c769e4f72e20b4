"""Prometheus over the pods of the bed, and questions to it."""
import json
import signal
import urllib.parse

from . import paths, processes
from .control_plane import ControlPlane

ADDRESS = "10.200.0.1:9090"
URL = f"http://{ADDRESS}"


class Prometheus:
    def __init__(self, control_plane: ControlPlane):
        self.control_plane = control_plane
        self.folder = control_plane.folder
        self.daemon = processes.Daemon(self.folder, "prometheus")

    def start(self):
        """Also after `stop` or `kill`: it goes on with the data it has."""
        self.control_plane.kubectl("apply", "-f", paths.HERE / "monitoring.yaml")
        configuration = self.folder / "prometheus.yml"
        template = (paths.HERE / "prometheus.yml").read_text()
        configuration.write_text(template.replace("KUBECONFIG", str(self.control_plane.kubeconfig)))
        self.daemon.start(paths.tool("prometheus"), f"--config.file={configuration}", "--web.listen-address=0.0.0.0:9090",
                          f"--storage.tsdb.path={self.folder / 'prometheus-data'}", "--storage.tsdb.retention.time=1h",
                          "--scrape.discovery-reload-interval=100ms", "--log.level=warn")
        processes.wait_until("Prometheus ready", self._ready, 30)

    def _ready(self) -> bool:
        if not self.daemon.pid():
            raise paths.BedError(f"prometheus: {self.daemon.said()}")
        self.get("/-/ready")
        return True

    def stop(self):
        self.daemon.stop()

    def kill(self):
        self.daemon.stop(signal.SIGKILL)

    def get(self, path: str) -> str:
        return processes.run(*self.control_plane.command("curl", "-sSf", "-m", "5", URL + path)).stdout

    def query(self, promql: str) -> list:
        """Instant vector as pairs of labels and value."""
        answer = json.loads(self.get("/api/v1/query?" + urllib.parse.urlencode({"query": promql})))
        return [(series["metric"], float(series["value"][1])) for series in answer["data"]["result"]]
