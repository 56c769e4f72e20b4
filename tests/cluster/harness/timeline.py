"""When the API server showed what: two watches of one namespace, on one clock."""
import json
import subprocess
import threading
import time

from bed import processes

from .namespace import Namespace
from .rollout import canary_backend

PATHS = {
    "slices": "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices?watch=true",
    "routes": "/apis/gateway.networking.k8s.io/v1/namespaces/{}/httproutes?watch=true",
}


class Timeline:
    """Records until `stop`. Both watches take the same way, so their delays cancel out."""

    def __init__(self, namespace: Namespace):
        self.events = {what: [] for what in PATHS}  # (monotonic seconds, object)
        self.watches = [
            subprocess.Popen(namespace.bed.control_plane.command("kubectl", "get", "--raw", path.format(namespace.name)),
                             stdout=subprocess.PIPE, text=True)
            for path in PATHS.values()]
        for what, watch in zip(PATHS, self.watches):
            threading.Thread(target=self._record, args=(what, watch), daemon=True).start()
        processes.wait_until("first events of both watches", lambda: all(self.events.values()), 10)

    def _record(self, what: str, watch: subprocess.Popen):
        for line in watch.stdout:
            event = json.loads(line)
            self.events[what].append((time.monotonic(), event["object"]))

    def stop(self):
        for watch in self.watches:
            watch.kill()
            watch.wait()

    def endpoints_vanished(self, service: str, since: float) -> float:
        """The first moment after `since` at which the canary of `service` had no ready endpoint; 0 when it had one all the time."""
        name = canary_backend(service)
        return next((at for at, item in list(self.events["slices"]) if at >= since
                     and item["metadata"]["labels"].get("kubernetes.io/service-name") == name
                     and not any(e["conditions"].get("ready") for e in item.get("endpoints") or [])), 0)

    def weight_gone(self, service: str, since: float) -> float:
        """The first moment after `since` at which the route sent the canary of `service` nothing; 0 when it did all the time."""
        return next((at for at, route in list(self.events["routes"])
                     if at >= since and canary_weight(route, service) == 0), 0)

    def weighed(self, service: str) -> list:
        """The spells (begin, end) during which the canary of `service` had weight."""
        spells, begin = [], 0
        for at, route in list(self.events["routes"]):
            weight = canary_weight(route, service)
            if weight and not begin:
                begin = at
            elif not weight and begin:
                spells.append((begin, at))
                begin = 0
        return spells


def canary_weight(route: dict, service: str) -> int:
    return sum(backend.get("weight", 1) for rule in route["spec"]["rules"] for backend in rule["backendRefs"]
               if backend["name"] == canary_backend(service))
