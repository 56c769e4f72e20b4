"""What a hostile or broken backend sends: the client sees 502 or an end that cannot be taken for a whole answer,
and the connection is not used again."""
import socket

import pytest
from harness.client import Client, Cut
from harness.program import backend, route
from harness.recorder import answer

ALL = 1_000_000
OK = b"HTTP/1.1 200 OK\r\n"
HOSTILE = [
    ("two lengths", OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok"),
    ("length and coding", OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("coding that is not chunked", OK + b"Transfer-Encoding: gzip\r\n\r\nok"),
    ("signed length", OK + b"Content-Length: +2\r\n\r\nok"),
    ("bare LF", b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
    ("folded line", OK + b"X: a\r\n b\r\nContent-Length: 2\r\n\r\nok"),
    ("control character", OK + b"X: a\x01\r\nContent-Length: 2\r\n\r\nok"),
    ("unasked switch", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"),
    ("nine interim answers", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 9 + OK + b"Content-Length: 0\r\n\r\n"),
    ("head too large", OK + b"X: " + b"a" * 70_000 + b"\r\n\r\n"),
    ("body on 204", b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok"),
    ("status of two digits", b"HTTP/1.1 20 OK\r\n\r\n"),
    ("another protocol", b"SSH-2.0-OpenSSH_9.2\r\n"),
    ("nothing", b""),
    ("half a head", OK + b"Content-Le"),
]
TRUNCATED = [
    ("length", OK + b"Content-Length: 10\r\n\r\nhello"),
    ("chunk", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel"),
    ("no last chunk", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
    ("bad chunk", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0x0\r\n\r\n"),
]


@pytest.fixture
def backend_that_sends(make_recorder, make_splitter):
    def make(reply, keeps_open=False):
        def handle(_, connection):
            connection.sendall(reply)
            if keeps_open:
                return b""
            connection.shutdown(socket.SHUT_WR)
            return None

        recorder = make_recorder(handle)
        splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": ALL})])
        return splitter, recorder

    return make


@pytest.mark.parametrize("name, reply", HOSTILE, ids=[row[0] for row in HOSTILE])
def test_a_hostile_answer_is_502(backend_that_sends, name, reply):
    splitter, _ = backend_that_sends(reply)
    client = Client(splitter.connect())
    client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    got = client.read()
    while got.status == 103:
        got = client.read()
    assert got.status == 502


@pytest.mark.parametrize("name, reply", TRUNCATED, ids=[row[0] for row in TRUNCATED])
def test_a_truncated_answer_never_looks_whole(backend_that_sends, name, reply):
    splitter, _ = backend_that_sends(reply)
    client = Client(splitter.connect())
    with pytest.raises(Cut):
        client.get()


@pytest.mark.parametrize("surplus", [b"\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL"])
def test_surplus_bytes_never_reach_another_client(backend_that_sends, surplus):
    splitter, recorder = backend_that_sends(answer() + surplus, keeps_open=True)
    for _ in range(3):
        client = Client(splitter.connect())
        assert client.get().body == b"ok\n"
        client.close()
    assert recorder.connections == 3


def test_a_truncated_answer_to_an_old_client_is_a_reset(backend_that_sends):
    splitter, _ = backend_that_sends(TRUNCATED[2][1])
    client = Client(splitter.connect())
    client.send(b"GET / HTTP/1.0\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        while client.connection.recv(65536):
            pass  # a part of the answer may come, its end may not


def test_an_early_answer_is_relayed_and_the_backend_connection_is_not_used_again(make_recorder, make_splitter):
    from harness import recorder as recorders

    class Hasty(recorders.Recorder):
        def serve(self, connection):
            stream = recorders.Stream(connection)
            stream.line()
            recorders.read_fields(stream)
            self.requests.append(None)
            connection.sendall(answer(b"no", "413 Content Too Large"))
            while connection.recv(65536):
                pass

    hasty = Hasty()
    splitter = make_splitter([backend("stable", hasty.port)], [route({"stable": ALL})])
    client = Client(splitter.connect())
    for count in (1, 2):
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        got = client.read()
        assert (got.status, got.body) == (413, b"no")
        client.send(b"b" * 1000)
        assert len(hasty.requests) == hasty.connections == count
    hasty.close()
