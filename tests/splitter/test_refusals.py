"""What may not pass: nothing of it reaches a backend, and the connection of whoever sent it is closed."""
import pytest
from harness.client import Client
from harness.program import backend, route

LEGAL = b"GET /legal HTTP/1.1\r\nHost: x\r\n\r\n"


def post(fields: bytes, body=b"") -> bytes:
    return b"POST /bad HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n" + body


def get(fields: bytes, line=b"GET /bad HTTP/1.1") -> bytes:
    return line + b"\r\n" + fields + b"\r\n"


HOST = b"Host: x\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
# (class, bytes, status)
BAD = [
    ("framing: length, then coding", post(b"Content-Length: 6\r\n" + CHUNKED, b"0\r\n\r\nX"), 400),
    ("framing: coding, then length", post(CHUNKED + b"Content-Length: 6\r\n", b"0\r\n\r\nX"), 400),
    ("coding: two values", post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"), 400),
    ("coding: twice", post(CHUNKED * 2, b"0\r\n\r\n"), 400),
    ("coding: in HTTP/1.0", b"POST /bad HTTP/1.0\r\nHost: x\r\n" + CHUNKED + b"\r\n0\r\n\r\n", 400),
    ("coding: another", post(b"Transfer-Encoding: gzip\r\n"), 501),
    ("coding: vertical tab", post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"), 400),
    ("length: sign", post(b"Content-Length: +5\r\n", b"hello"), 400),
    ("length: list", post(b"Content-Length: 5, 5\r\n", b"hello"), 400),
    ("length: equal twice", post(b"Content-Length: 5\r\nContent-Length: 5\r\n", b"hello"), 400),
    ("length: hex", post(b"Content-Length: 0x5\r\n", b"hello"), 400),
    ("length: empty", post(b"Content-Length: \r\n", b""), 400),
    ("length: too large", post(b"Content-Length: 9223372036854775808\r\n"), 400),
    ("line: bare LF", b"GET /bad HTTP/1.1\nHost: x\n\n", 400),
    ("line: bare CR", get(HOST + b"X: a\rb\r\n"), 400),
    ("line: folded", get(HOST + b"X: a\r\n b\r\n"), 400),
    ("line: NUL", get(HOST + b"X: a\0b\r\n"), 400),
    ("line: control", get(HOST + b"X: a\x01b\r\n"), 400),
    ("line: blank before the first field", get(b" X: a\r\n" + HOST), 400),
    ("line: no colon", get(HOST + b"X\r\n"), 400),
    ("name: blank within", get(HOST + b"X A: b\r\n"), 400),
    ("name: blank before the colon", get(HOST + b"X : b\r\n"), 400),
    ("name: empty", get(HOST + b": b\r\n"), 400),
    ("start line: two blanks", get(HOST, b"GET  /bad HTTP/1.1"), 400),
    ("start line: no version", get(HOST, b"GET /bad"), 400),
    ("start line: HTTP/1.2", get(HOST, b"GET /bad HTTP/1.2"), 505),
    ("start line: HTTP/2.0", get(HOST, b"GET /bad HTTP/2.0"), 505),
    ("start line: lower case", get(HOST, b"GET /bad http/1.1"), 400),
    ("target: fragment", get(HOST, b"GET /bad#b HTTP/1.1"), 400),
    ("target: backslash", get(HOST, b"GET /bad\\b HTTP/1.1"), 400),
    ("target: 8-bit", get(HOST, b"GET /bad\xe4 HTTP/1.1"), 400),
    ("target: dot segments", get(HOST, b"GET /bad/../y HTTP/1.1"), 400),
    ("target: encoded dot segments", get(HOST, b"GET /bad/%2e%2e/y HTTP/1.1"), 400),
    ("target: no form", get(HOST, b"GET bad HTTP/1.1"), 400),
    ("host: none", get(b""), 400),
    ("host: two", get(HOST * 2), 400),
    ("host: user information", get(b"Host: u@h\r\n"), 400),
    ("host: slash", get(b"Host: a/b\r\n"), 400),
    ("host: empty", get(b"Host:\r\n"), 400),
    ("host: differs from the target", get(HOST, b"GET http://other/bad HTTP/1.1"), 400),
    ("hop by hop: Connection names Host", get(HOST + b"Connection: Host\r\n"), 400),
    ("hop by hop: Connection names the length", post(b"Connection: Content-Length\r\nContent-Length: 0\r\n"), 400),
    ("upgrade: with a body", post(b"Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n", b"x"), 400),
    ("expect: another", post(b"Expect: 100-continue, x\r\nContent-Length: 0\r\n"), 417),
    ("method: CONNECT", get(HOST, b"CONNECT x:80 HTTP/1.1"), None),
    ("method: TRACE", get(HOST, b"TRACE /bad HTTP/1.1"), 405),
    ("protocol: HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", None),
    ("protocol: TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n" * 4, None),
]
LARGE = [
    ("size: target", get(HOST, b"GET /bad" + b"a" * 9000 + b" HTTP/1.1"), 414),
    ("size: field", get(HOST + b"X: " + b"a" * 9000 + b"\r\n"), 431),
    ("size: 1,000 fields", get(HOST + b"X: a\r\n" * 1000), 431),
    ("size: head", get(HOST + b"".join(b"X%d: %s\r\n" % (number, b"a" * 4000) for number in range(20))), 431),
]
# Their head may pass; the body may not, so what the backend sees never becomes a whole message.
BAD_BODIES = [
    ("chunk: 0x", post(CHUNKED, b"0x5\r\nhello\r\n0\r\n\r\n")),
    ("chunk: LF after the size", post(CHUNKED, b"5\nhello\r\n0\r\n\r\n")),
    ("chunk: sign", post(CHUNKED, b"+5\r\nhello\r\n0\r\n\r\n")),
    ("chunk: blank before the size", post(CHUNKED, b" 5\r\nhello\r\n0\r\n\r\n")),
    ("chunk: 17 digits", post(CHUNKED, b"00000000000000005\r\nhello\r\n0\r\n\r\n")),
    ("chunk: too large", post(CHUNKED, b"8000000000000000\r\nhello\r\n0\r\n\r\n")),
    ("chunk: no end of line behind the data", post(CHUNKED, b"5\r\nhelloX0\r\n\r\n")),
    ("chunk: LF behind the data", post(CHUNKED, b"5\r\nhello\n0\r\n\r\n")),
    ("chunk: LF in an extension", post(CHUNKED, b"5;a\nb\r\nhello\r\n0\r\n\r\n")),
    ("chunk: extensions without end", post(CHUNKED, b"5;" + b"a" * 2000 + b"\r\nhello\r\n0\r\n\r\n")),
    ("trailer: Host", post(CHUNKED, b"0\r\nHost: y\r\n\r\n")),
    ("trailer: length", post(CHUNKED, b"0\r\nContent-Length: 5\r\n\r\n")),
    ("trailer: blank before the colon", post(CHUNKED, b"0\r\nX : y\r\n\r\n")),
]
# The nearest legal neighbours: (name, bytes, method)
GOOD = [
    ("length", post(b"Content-Length: 5\r\n", b"hello")),
    ("length with outer blanks", post(b"Content-Length:  5 \t\r\n", b"hello")),
    ("chunked in capitals", post(b"Transfer-Encoding: CHUNKED\r\n", b"5\r\nhello\r\n0\r\n\r\n")),
    ("chunk extension", post(CHUNKED, b"5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n")),
    ("chunk size with zeros", post(CHUNKED, b"0005\r\nhello\r\n000\r\n\r\n")),
    ("trailer that nobody needs", post(CHUNKED, b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n")),
    ("one empty line before", b"\r\n" + post(b"Content-Length: 5\r\n", b"hello")),
    ("tab in a value", get(HOST + b"X: a\tb\r\n")),
    ("absolute target", get(HOST, b"GET http://x/bad HTTP/1.1")),
    ("asterisk", get(HOST, b"OPTIONS * HTTP/1.1")),
    ("dots in a name", get(HOST, b"GET /bad/..x/y.. HTTP/1.1")),
    ("own method", get(HOST, b"PURGE /bad HTTP/1.1")),
    ("h2c is stripped", get(HOST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n")),
    ("spoofed identity is stripped", get(HOST + b"X-Forwarded-For: 9.9.9.9\r\nX_Forwarded_For: 8.8.8.8\r\n")),
    ("HTTP/1.0", get(b"", b"GET /bad HTTP/1.0")),
]
WAYS = ["whole", "byte by byte", "pipelined", "over a pooled connection"]


def names(table):
    return [row[0] for row in table]


class Stage:
    """One splitter and one recorder for all rows: a leftover of one row would be seen in the next."""

    def __init__(self, splitter, recorder):
        self.splitter, self.recorder = splitter, recorder

    def send(self, message: bytes, way: str) -> Client:
        client = Client(self.splitter.connect())
        if way in ("pipelined", "over a pooled connection"):
            if way == "pipelined":
                client.send(LEGAL + message)
            else:
                client.send(LEGAL)
            assert client.read().status == 200
        if way == "byte by byte":
            try:
                for at in range(len(message)):
                    client.send(message[at:at + 1])
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before its end, as it should be
        elif way != "pipelined":
            client.send(message)
        return client

    def bad_seen(self) -> list:
        return [request for request in self.recorder.requests if request.target != "/legal"]


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    from harness.program import Splitter
    from harness.recorder import Recorder
    recorder = Recorder()
    splitter = Splitter(tmp_path_factory.mktemp("refusals"), [backend("stable", recorder.port)],
                        [route({"stable": 1_000_000})]).start()
    yield Stage(splitter, recorder)
    splitter.stop()
    recorder.close()


@pytest.fixture(autouse=True)
def clean(stage):
    stage.recorder.requests.clear()
    yield
    assert stage.recorder.faults == []
    assert stage.splitter.process.poll() is None, stage.splitter.log.read_text()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name, message, status", BAD, ids=names(BAD))
def test_a_bad_head_is_refused(stage, name, message, status, way):
    client = stage.send(message, way)
    got = client.read()
    assert got.status == (status or got.status) and 400 <= got.status < 600
    assert got.values("connection") == ["close"]
    assert client.rest() == b""
    assert stage.bad_seen() == []


@pytest.mark.parametrize("name, message, status", LARGE, ids=names(LARGE))
def test_a_head_that_is_too_large_is_refused(stage, name, message, status):
    client = stage.send(message, "whole")
    assert client.read().status == status
    assert client.rest() == b""
    assert stage.bad_seen() == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name, message", BAD_BODIES, ids=names(BAD_BODIES))
def test_a_bad_body_never_becomes_a_message(stage, name, message, way):
    client = stage.send(message, way)
    assert client.read().status == 400
    assert client.rest() == b""
    assert stage.bad_seen() == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name, message", GOOD, ids=names(GOOD))
def test_its_nearest_legal_neighbour_passes_clean(stage, name, message, way):
    client = stage.send(message, way)
    assert client.read().status == 200
    (request,) = stage.bad_seen()
    assert request.body == (b"hello" if request.method == "POST" else b"")
    assert request.values("connection") == request.values("upgrade") == request.values("http2-settings") == []
    assert request.values("x-forwarded-for") == ["127.0.0.1"]
    assert request.values("x_forwarded_for") == []
    client.close()


def test_an_answer_of_ours_says_why_and_has_an_id(stage):
    client = stage.send(get(HOST * 2), "whole")
    got = client.read()
    (id,) = got.values("x-request-id")
    assert id.encode() in got.body
    assert got.values("cache-control") == ["no-store"]


@pytest.mark.parametrize("last", [get(HOST * 2), get(HOST + b"Connection: close\r\n", b"GET /legal HTTP/1.1")])
def test_bytes_behind_the_last_answer_do_not_turn_its_end_into_a_reset(stage, last):
    client = stage.send(last + b"x" * 40_000, "whole")
    while client.connection.recv(65536):  # a reset would be an exception here
        pass
