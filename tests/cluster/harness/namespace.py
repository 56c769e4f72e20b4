"""One Kubernetes namespace with a copy of the sample chart, and looks at what lives there."""
import json
import pathlib
import shutil

from bed import images, paths, prometheus
from bed.cluster import Bed

CHART = paths.CHECKOUT / "helm-charts" / "kai"
ENVIRONMENT = "bed"


class Namespace:
    def __init__(self, bed: Bed, name: str, folder: pathlib.Path):
        self.bed = bed
        self.name = name
        self.host = f"{name}.shop.test"
        self.chart = folder / "chart" / "kai"
        shutil.copytree(CHART, self.chart)
        self.set_values({})
        self.kubectl("create", "namespace", name)

    def set_values(self, more: dict):
        """Writes the chart's values-bed.yaml: what every test needs, changed by `more` (maps merge, the rest replaces)."""
        values = {
            "global": {"namespace": self.name, "registry": {"url": images.REGISTRY}},
            "gateway": {"hostnames": [self.host]},
            "canary": {
                "services": [{"name": name, "port": 80, "path": "/health"} for name in images.SERVICES],
                "metrics": {"prometheus": {"address": prometheus.URL}},
            },
        }
        merge(values, more)
        self.values_file.write_text(json.dumps(values, indent=2))  # JSON is YAML

    @property
    def values_file(self) -> pathlib.Path:
        return self.chart / f"values-{ENVIRONMENT}.yaml"

    def kubectl(self, *arguments, **more) -> str:
        return self.bed.control_plane.kubectl("-n", self.name, *arguments, **more)

    def get(self, kind: str, name: str = "", selector: str = ""):
        """One object, or the list of them."""
        if self.bed.reader.knows(kind):
            found = self.bed.reader.find(self.name, kind, name, selector)
            return found if name else found["items"]
        answer = json.loads(self.kubectl("get", kind, *([name] if name else []), *([f"-l={selector}"] if selector else []), "-o", "json"))
        return answer if name else answer["items"]

    def route(self, name: str = "kai") -> dict:
        """With the owners of its fields."""
        return self.get("httproute", name)

    def weights(self, service: str, route: str = "kai") -> dict:
        """Weight by backend name in the rule that leads to `service`; a weight that is not written is 1."""
        for rule in self.route(route)["spec"]["rules"]:
            backends = {backend["name"]: backend.get("weight", 1) for backend in rule["backendRefs"]}
            if service in backends:
                return backends
        raise AssertionError(f"no rule of {route} leads to {service}")

    def set_route(self, patch: list, route: str = "kai"):
        """JSON Patch by hand, as somebody who interferes."""
        self.kubectl("patch", "httproute", route, "--type=json", "-p", json.dumps(patch))

    def pods(self, selector: str = "") -> list:
        return [pod for pod in self.get("pods", selector=selector) if "deletionTimestamp" not in pod["metadata"]]

    def deployments(self) -> dict:
        """UID, template and replicas by name: what must be the same after a rollback."""
        return {d["metadata"]["name"]: {"uid": d["metadata"]["uid"], "template": d["spec"]["template"], "replicas": d["spec"]["replicas"]}
                for d in self.get("deployments")}

    def delete(self):
        self.kubectl("delete", "namespace", self.name, "--wait=false", "--ignore-not-found")


def merge(into: dict, more: dict):
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value


def is_ready(pod: dict) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))


def waiting_reasons(pod: dict) -> list:
    """Why its containers do not run: CrashLoopBackOff, ImagePullBackOff, ..."""
    states = [status.get("state", {}).get("waiting", {}) for status in pod["status"].get("containerStatuses", [])]
    return [state["reason"] for state in states if "reason" in state]
