"""HTTP over a Unix socket."""
import http.client
import pathlib
import socket


class SocketFile(http.client.HTTPConnection):
    def __init__(self, path: pathlib.Path, timeout: float = 20):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))
