"""The control socket, as whoever runs a canary uses it."""
import http.client
import json
import socket


class Control:
    """Remembers the generation, so that each change is based on the one before."""

    def __init__(self, path: str):
        self.path = path
        self.generation = self.status()["generation"]

    def call(self, method: str, target: str, body=None):
        connection = http.client.HTTPConnection("localhost", timeout=20)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(20)
        connection.sock.connect(self.path)
        connection.request(method, target, None if body is None else json.dumps(body))
        reply = connection.getresponse()
        text = reply.read().decode()
        connection.close()
        return reply.status, json.loads(text)

    def status(self) -> dict:
        status, body = self.call("GET", "/v1/status")
        assert status == 200, body
        return body

    def split(self, weights=None, states=None) -> dict:
        change = {"writer_epoch": 1, "base_generation": self.generation}
        if weights is not None:
            change["weights_ppm"] = [{"backend": id, "ppm": ppm} for id, ppm in weights.items()]
        if states is not None:
            change["states"] = states
        status, body = self.call("PUT", "/v1/routes/shop/split", change)
        assert status == 200, body
        self.generation = body["generation"]
        return body
