"""The messages of a takeover, spoken by hand."""
import json
import socket
import struct


def frame(body: bytes) -> bytes:
    return struct.pack("<II", len(body), 0) + body


HELLO = frame(b'{"type":"hello","format":1}')
SERVING = frame(b'{"type":"serving","listeners":["web"]}')
OWNED = frame(b'{"type":"owned"}')


def receive(connection, wanted: str) -> None:
    """Passes over the descriptors, which the kernel closes, and whatever comes before."""
    with connection.makefile("rb") as stream:
        while True:
            size, _ = struct.unpack("<II", stream.read(8))
            if json.loads(stream.read(size))["type"] == wanted:
                return


def own_and_die(path: str) -> None:
    """Takes over from the process behind `path` and is gone before it says so to anybody."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(path)
        connection.sendall(HELLO)
        receive(connection, "offer")
        connection.sendall(SERVING)
        receive(connection, "released")
        connection.sendall(OWNED)
