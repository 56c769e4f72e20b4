"""What the API server shows, asked for through one `kubectl proxy`: a kubectl for each look costs a fifth of a CPU second."""
import http.client
import json
import pathlib
import urllib.parse

from stories.socket_file import SocketFile

from . import paths, processes

CORE, APPS = "/api/v1", "/apis/apps/v1"
ROUTES = "/apis/gateway.networking.k8s.io/v1"
GROUPS = {"pod": CORE, "service": CORE, "configmap": CORE, "secret": CORE, "deployment": APPS, "httproute": ROUTES}


class Reader:
    def __init__(self, folder: pathlib.Path):
        self.socket = folder / "api.sock"
        self.daemon = processes.Daemon(folder, "kubectl-proxy")

    def start(self):
        self.daemon.start(paths.kubebed(), "kubectl", "proxy", f"--unix-socket={self.socket}")
        processes.wait_until("the way to the API server", lambda: self.get("/version"), 20)

    def stop(self):
        self.daemon.stop()

    def get(self, path: str) -> dict:
        connection = SocketFile(self.socket)
        try:
            connection.request("GET", path, headers={"User-Agent": "kubectl/reader"})
            answer = connection.getresponse()
            body = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise paths.BedError(f"GET {path}: {error}; kubectl proxy: {self.daemon.said()}") from None
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise paths.BedError(f"GET {path}: {answer.status} {body}")
        return json.loads(body)

    def find(self, namespace: str, kind: str, name: str = "", selector: str = "") -> dict:
        """One object, or the list of them; `kind` as kubectl knows it, one of GROUPS or its plural."""
        kind = kind.removesuffix("s")
        path = f"{GROUPS[kind]}/namespaces/{namespace}/{kind}s" + (f"/{name}" if name else "")
        return self.get(path + (f"?labelSelector={urllib.parse.quote(selector)}" if selector else ""))

    @staticmethod
    def knows(kind: str) -> bool:
        return kind.removesuffix("s") in GROUPS
