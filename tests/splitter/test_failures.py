"""Backends that go away, and connections that went stale."""
import socket

import pytest
from harness.client import Client
from harness.program import backend, free_port, route, wait_until
from harness.recorder import Recorder, answer

ALL = 1_000_000


def test_a_request_that_may_be_repeated_survives_a_stale_connection(make_recorder, make_splitter):
    """The backend closes each connection when the second request comes on it."""
    seen = {}

    def handle(request, connection):
        seen[connection] = seen.get(connection, 0) + 1
        return answer() if seen[connection] == 1 else None

    recorder = make_recorder(handle)
    splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": ALL})])
    client = Client(splitter.connect())
    assert [client.get().status for _ in range(4)] == [200] * 4


def test_a_post_is_never_sent_twice(make_recorder, make_splitter):
    def handle(request, connection):
        return answer() if request.method == "GET" else None

    recorder = make_recorder(handle)
    splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": ALL})])
    client = Client(splitter.connect())
    assert client.get().status == 200
    client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
    assert client.read().status == 502
    assert [request.method for request in recorder.requests] == ["GET", "POST"]


def test_another_endpoint_of_the_backend_takes_what_a_dead_one_cannot(make_recorder, make_splitter):
    recorder = make_recorder()
    splitter = make_splitter([backend("stable", [free_port(), recorder.port])], [route({"stable": ALL})])
    client = Client(splitter.connect())
    assert [client.get().status for _ in range(10)] == [200] * 10


def test_a_backend_that_comes_back_is_used_again(make_splitter):
    recorder = Recorder()
    splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": ALL})])
    client = Client(splitter.connect())
    assert client.get().status == 200
    recorder.close()
    wait_until(lambda: client.get().status == 502, "the end of the backend")
    again = Recorder(port=recorder.port)
    wait_until(lambda: client.get().status == 200, "the new backend")
    again.close()


def test_an_abandoned_request_ends_at_the_backend_too(make_recorder, make_splitter):
    ended = []

    def handle(_, connection):
        ended.append(connection.recv(1))
        return None

    recorder = make_recorder(handle)
    splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": ALL})])
    client = Client(splitter.connect())
    client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    wait_until(lambda: recorder.requests, "the request")
    client.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
    wait_until(lambda: ended, "the end of its connection")


@pytest.mark.parametrize("how", ["length", "chunked"])
def test_a_body_that_its_client_cuts_never_looks_whole(splitter, recorder, how):
    client = Client(splitter.connect())
    fields = b"Content-Length: 10\r\n" if how == "length" else b"Transfer-Encoding: chunked\r\n"
    client.send(b"POST / HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n5\r\nhel")
    wait_until(recorder.has_begun, "the head at the backend")
    client.close()
    wait_until(lambda: recorder.cut == 1, "the cut at the backend")
    assert recorder.requests == recorder.faults == []
