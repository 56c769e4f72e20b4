"""Slow clients and slow backends are cut; fast ones beside them are not touched."""
import time

import pytest
from harness.client import Client, Cut
from harness.program import backend, route

ALL = 1_000_000
LISTENER = {"timeouts_ms": {"silent": 300, "head": 500, "idle": 300, "write_stall": 1000}}


@pytest.fixture
def quick(make_splitter, recorder):
    return make_splitter([backend("stable", recorder.port)],
                         [route({"stable": ALL}, timeouts_ms={"request_silence": 500})], listener=LISTENER)


def elapsed(action) -> float:
    begin = time.monotonic()
    action()
    return time.monotonic() - begin


def test_a_silent_connection_is_closed_without_a_word(quick):
    client = Client(quick.connect())
    assert 0.2 < elapsed(lambda: client.rest()) < 5
    assert client.rest() == b""


def test_a_dripped_head_is_cut_though_it_never_pauses(quick, recorder):
    client = Client(quick.connect())
    begin = time.monotonic()
    client.connection.settimeout(0.05)
    received = b""
    for letter in b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1000:
        try:
            client.send(bytes([letter]))
            received = client.connection.recv(65536)
            break
        except TimeoutError:
            continue
    assert received.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - begin < 5
    assert recorder.requests == []


def test_an_idle_connection_is_closed(quick):
    client = Client(quick.connect())
    assert client.get().status == 200
    assert 0.2 < elapsed(lambda: client.rest()) < 5


def test_a_body_that_stops_is_408(quick, recorder):
    client = Client(quick.connect())
    client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello")
    assert client.read().status == 408
    assert client.rest() == b""
    assert recorder.requests == []


def test_a_backend_that_does_not_answer_is_504(make_recorder, make_splitter):
    recorder = make_recorder(lambda _, connection: connection.recv(1) or None)
    splitter = make_splitter([backend("stable", recorder.port)],
                             [route({"stable": ALL}, timeouts_ms={"response_head": 300})])
    client = Client(splitter.connect())
    assert client.get().status == 504


def test_a_backend_that_stops_within_its_answer_is_no_answer(make_recorder, make_splitter):
    def handle(_, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        connection.recv(1)
        return None

    recorder = make_recorder(handle)
    splitter = make_splitter([backend("stable", recorder.port)],
                             [route({"stable": ALL}, timeouts_ms={"response_silence": 300})])
    client = Client(splitter.connect())
    with pytest.raises(Cut):
        client.get()


def test_a_reader_that_stalls_is_cut_and_others_are_served(make_recorder, make_splitter):
    from harness.recorder import answer
    recorder = make_recorder(lambda request, _: answer(bytes(30_000_000) if request.target == "/large" else b"ok\n"))
    splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": ALL})], listener={"timeouts_ms": {"write_stall": 1000}})
    staller = Client(splitter.connect())
    staller.send(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    end = time.monotonic() + 3
    while time.monotonic() < end:
        assert Client(splitter.connect()).get().body == b"ok\n"
    with pytest.raises(Cut):
        staller.read()


def test_two_thousand_silent_clients_do_not_slow_a_good_one(make_recorder, make_splitter):
    import resource
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    recorder = make_recorder()
    splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": ALL})])
    silent = []
    for number in range(2000):
        silent.append(splitter.connect())
        if number % 2:
            silent[-1].sendall(b"GET / HTTP/1.1\r\nX: ")  # a head without an end
    client = Client(splitter.connect())
    worst = max(elapsed(lambda: client.get()) for _ in range(50))
    assert worst < 2
    for each in silent:
        each.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
