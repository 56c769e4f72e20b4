"""What a legal request and its answer look like on the other side."""
import select
import socket
import threading

import pytest
from harness.client import Client, Cut
from harness.program import backend, route, wait_until
from harness.recorder import answer

ALL = 1_000_000


def test_a_request_reaches_the_backend_and_its_answer_the_client(client, recorder):
    got = client.get("/a?b=c", "X-Color: red\r\n")
    assert (got.status, got.body) == (200, b"ok\n")
    (request,) = recorder.requests
    assert (request.method, request.target) == ("GET", "/a?b=c")
    assert request.values("host") == ["shop.example"]
    assert request.values("x-color") == ["red"]
    assert request.values("x-forwarded-for") == ["127.0.0.1"]
    assert request.values("x-request-id") == got.values("x-request-id") != []
    assert recorder.faults == []


def test_both_connections_are_kept_alive(client, recorder):
    for _ in range(20):
        assert client.get().status == 200
    assert (len(recorder.requests), recorder.connections) == (20, 1)


def test_pipelined_requests_are_answered_in_their_order(make_recorder, make_splitter):
    recorder = make_recorder(lambda request, _: answer(request.target.encode()))
    splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": ALL})])
    client = Client(splitter.connect())
    client.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(50)))
    assert [client.read().body for _ in range(50)] == [b"/%d" % number for number in range(50)]


@pytest.mark.parametrize("size", [0, 1, 1000, 70_000, 1_000_000])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_body_arrives_whole_in_both_directions(make_recorder, make_splitter, size, framing):
    recorder = make_recorder(lambda request, _: answer(request.body))
    splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": ALL})])
    client = Client(splitter.connect())
    body = bytes(number * 7 % 251 for number in range(size))
    head = b"POST / HTTP/1.1\r\nHost: x\r\n"
    if framing == "length":
        message = head + b"Content-Length: %d\r\n\r\n" % size + body
    else:
        pieces = [body[at:at + 30_011] for at in range(0, size, 30_011)]
        chunks = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
        message = head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    threading.Thread(target=client.send, args=(message * 2,), daemon=True).start()
    for _ in range(2):
        got = client.read()
        assert got.status == 200
        assert got.body == body
    assert recorder.faults == []


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def scripted(make_recorder, make_splitter, reply, **more):
    """A splitter before a backend that answers with these bytes and closes."""

    def handle(_, connection):
        connection.sendall(reply)
        return None

    recorder = make_recorder(handle)
    splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": ALL}, **more)])
    return Client(splitter.connect()), recorder


def test_a_chunked_answer_is_passed_on_in_chunks(make_recorder, make_splitter):
    client, _ = scripted(make_recorder, make_splitter, CHUNKED + b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert client.get().body == b"abcde"


def test_an_answer_that_ends_by_close_becomes_chunked(make_recorder, make_splitter):
    client, _ = scripted(make_recorder, make_splitter, b"HTTP/1.1 200 OK\r\n\r\nabcde")
    got = client.get()
    assert (got.values("transfer-encoding"), got.body) == (["chunked"], b"abcde")
    assert client.get().status == 200, "the client's connection lives on"


def test_a_client_of_http_1_0_reads_until_the_end(make_recorder, make_splitter):
    client, _ = scripted(make_recorder, make_splitter, CHUNKED + b"5\r\nabcde\r\n0\r\n\r\n")
    client.send(b"GET / HTTP/1.0\r\n\r\n")
    got = client.read()
    assert (got.values("transfer-encoding"), got.values("connection"), got.body) == ([], ["close"], b"abcde")


def test_interim_answers_are_passed_on_at_once(make_recorder, make_splitter):
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    client, _ = scripted(make_recorder, make_splitter, interim + answer())
    client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert client.read().status == 103
    assert client.read().status == 200


def test_an_expected_continue_is_relayed_before_the_body(make_recorder, make_splitter):
    def handle(request, _):
        return answer(request.body)

    recorder = make_recorder(handle)
    # The recorder reads the body at once, so it must be told to go on beforehand.
    splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": ALL})])
    client = Client(splitter.connect())
    client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    wait_until(recorder.has_begun, "the head at the backend")
    (connection,) = recorder.open
    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert client.read().status == 100
    client.send(b"hello")
    assert client.read().body == b"hello"


@pytest.mark.parametrize("method, status", [("HEAD", "200 OK"), ("GET", "304 Not Modified")])
def test_an_answer_without_a_body_keeps_its_length_as_data(make_recorder, make_splitter, method, status):
    reply = f"HTTP/1.1 {status}\r\nContent-Length: 77\r\n\r\n".encode()
    recorder = make_recorder(lambda *_: reply)
    splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": ALL})])
    client = Client(splitter.connect())
    for _ in range(3):
        client.send(f"{method} / HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert client.read(method).values("content-length") == ["77"]
    assert recorder.connections == 1


def test_a_client_that_closed_its_sending_half_still_gets_its_answer(client, recorder):
    client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    client.connection.shutdown(socket.SHUT_WR)
    assert client.read().status == 200
    with pytest.raises(Cut):
        client.more()


def test_a_request_to_close_is_answered_and_closed(client):
    got = client.get("/", "Connection: close\r\n")
    assert (got.status, got.values("connection")) == (200, ["close"])
    assert client.rest() == b""


def test_a_request_that_no_route_takes_is_404(make_recorder, make_splitter):
    recorder = make_recorder()
    splitter = make_splitter([backend("stable", recorder.port)],
                             [route({"stable": ALL}, match=[{"host": "shop.example"}])])
    client = Client(splitter.connect())
    client.send(b"GET / HTTP/1.1\r\nHost: other.example\r\n\r\n")
    assert client.read().status == 404
    assert client.get().status == 200, "the connection lives on"
    assert len(recorder.requests) == 1


def test_a_slow_reader_gets_everything_and_stops_the_backend(make_recorder, make_splitter):
    size = 64_000_000  # more than the kernel holds for two connections
    sent, stopped_at = 0, []

    def handle(_, connection):
        """Notes where nothing more was taken for a whole second."""
        nonlocal sent
        rest = memoryview(answer(bytes(size)))
        while rest:
            if not select.select([], [connection], [], 1)[1]:
                stopped_at.append(sent)
                select.select([], [connection], [])
            taken = connection.send(rest[:65536], socket.MSG_DONTWAIT)
            sent, rest = sent + taken, rest[taken:]
        return b""

    recorder = make_recorder(handle)
    splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": ALL})])
    client = Client(splitter.connect())
    client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert client.head().status == 200
    wait_until(lambda: stopped_at or sent >= size, "the backend's stop")
    assert stopped_at and stopped_at[0] < size, "all of it was taken, though nobody read"
    read = len(client.buffer)
    while read < size and (piece := client.connection.recv(1 << 20)):
        assert piece.count(0) == len(piece)
        read += len(piece)
    assert read == size


def test_a_websocket_is_passed_through_after_the_backend_agreed(make_recorder, make_splitter):
    def handle(request, connection):
        assert request.values("upgrade") == ["websocket"]
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")
        while piece := connection.recv(65536):
            connection.sendall(b"<" + piece + b">")
        return None

    recorder = make_recorder(handle)
    splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": ALL})])
    client = Client(splitter.connect())
    client.send(b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
    assert client.head().status == 101
    for word in (b"one", b"\0\xff\r\n"):
        client.send(word)
        assert client.take(len(word) + 2) == b"<" + word + b">"
    client.connection.shutdown(socket.SHUT_WR)
    assert client.rest() == b"", "the backend's end reaches the client"
