"""Contour and Envoy behind the Gateway gateway-system/public."""
import json

from . import paths, processes
from .control_plane import ControlPlane

ADDRESS = "10.200.0.1"
PORT = 8080

_CONTOUR = """serve --insecure --xds-address 127.0.0.1 --xds-port 8001 --disable-leader-election
 --kubernetes-client-qps=200 --kubernetes-client-burst=400 --debug-http-port=6060 --http-port=8000 --health-port=8000
 --envoy-service-http-port=8080 --ingress-status-address=127.0.0.1 --disable-feature=tlsroutes --disable-feature=grpcroutes
 --disable-feature=tcproutes --disable-feature=backendtlspolicies""".split()


class DataPlane:
    def __init__(self, control_plane: ControlPlane):
        self.control_plane = control_plane
        self.folder = control_plane.folder
        self.contour = processes.Daemon(self.folder, "contour")
        self.envoy = processes.Daemon(self.folder, "envoy")

    def up(self):
        self.control_plane.kubectl("apply", "-f", paths.HERE / "gateway.yaml")
        self.contour.start(paths.tool("contour"), *_CONTOUR, "--kubeconfig", self.control_plane.kubeconfig,
                           "-c", paths.HERE / "contour.yaml")
        configuration = self.folder / "envoy.json"
        (self.folder / "xds").mkdir()
        processes.run(paths.tool("contour"), "bootstrap", configuration, "--xds-address", "127.0.0.1", "--xds-port", "8001",
                      "--resources-dir", self.folder / "xds", "--admin-address", self.folder / "envoy.sock",
                      "--namespace", "projectcontour")
        self.envoy.start(paths.tool("envoy"), "-c", configuration, "--service-cluster", "projectcontour", "--service-node",
                         "envoy", "--concurrency", "2", "--disable-hot-restart", "--log-level", "warning")
        processes.wait_until("Gateway programmed by Contour", self._programmed, 30)

    def _programmed(self) -> bool:
        if not self.contour.pid() or not self.envoy.pid():
            raise paths.BedError(f"contour: {self.contour.said()}\nenvoy: {self.envoy.said()}")
        gateway = json.loads(self.control_plane.kubectl("-n", "gateway-system", "get", "gateway", "public", "-o", "json"))
        return any(c["type"] == "Programmed" and c["status"] == "True" for c in gateway["status"].get("conditions", []))

    def down(self):
        self.envoy.stop()
        self.contour.stop()
