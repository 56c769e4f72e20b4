"""Weights and states change under load: nothing is lost, and what was acknowledged holds."""
import collections
import pathlib
import threading
import time

import pytest
from harness.client import Client, Cut
from harness.control import Control
from harness.program import backend, route, wait_until
from harness.recorder import answer

ALL = 1_000_000
BOTH = {"canary": 100_000, "stable": 900_000}


@pytest.fixture
def pair(make_recorder, make_splitter):
    stable = make_recorder(lambda request, _: answer(b"stable " + request.body))
    canary = make_recorder(lambda request, _: answer(b"canary " + request.body))
    splitter = make_splitter([backend("stable", stable.port), backend("canary", canary.port, "canary")], [route(BOTH)])
    return splitter, stable, canary


class Load:
    """Clients that go on until they are stopped; every answer must be whole and 200."""

    def __init__(self, splitter, clients=8):
        self.stopped = threading.Event()
        self.counts, self.failures = collections.Counter(), []
        self.answers = []  # (when its request was sent, arm)
        self.threads = [threading.Thread(target=self.run, args=(splitter, number)) for number in range(clients)]
        for thread in self.threads:
            thread.start()

    def run(self, splitter, number):
        """One half keeps its connection, the other makes a new one each time; every third request is a POST."""
        client = Client(splitter.connect())
        sent = 0
        try:
            while not self.stopped.is_set():
                sent += 1
                stamp = b"%d-%d" % (number, sent)
                method = b"POST" if sent % 3 == 0 else b"GET"
                body = stamp if method == b"POST" else b""
                keeps = number % 2 == 0
                began = time.monotonic()
                client.send(method + b" / HTTP/1.1\r\nHost: x\r\n" + (b"" if keeps else b"Connection: close\r\n")
                            + b"Content-Length: %d\r\n\r\n" % len(body) + body)
                got = client.read()
                arm, _, echo = got.body.partition(b" ")
                if got.status != 200 or echo != body:
                    self.failures.append((got.status, got.body))
                self.counts[arm.decode()] += 1
                self.answers.append((began, arm.decode()))
                if not keeps:
                    client.close()
                    client = Client(splitter.connect())
        except (Cut, OSError) as error:
            self.failures.append(repr(error))

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def test_nothing_is_lost_while_weights_change(pair):
    splitter, stable, canary = pair
    control = Control(splitter.control)
    load = Load(splitter)
    barriers = []
    for number in range(30):
        ppm = number % 10 * 100_000
        barriers.append(control.split({"canary": ppm, "stable": ALL - ppm})["barrier_us"])
        wait_until(lambda before=sum(load.counts.values()): sum(load.counts.values()) > before + 5, "traffic")
    load.stop()
    assert load.failures == []
    assert load.counts["stable"] == len(stable.requests)
    assert load.counts["canary"] == len(canary.requests)
    assert max(barriers) < 1_000_000
    assert stable.faults == canary.faults == []


def test_no_request_starts_on_a_closed_backend_after_the_acknowledgement(pair):
    splitter, _, canary = pair
    control = Control(splitter.control)
    control.split({"canary": 500_000, "stable": 500_000})
    load = Load(splitter)
    closed = []  # from the acknowledgement until just before it is opened again
    for _ in range(5):
        wait_until(lambda before=load.counts["canary"]: load.counts["canary"] > before + 5, "the canary's share")
        control.split(states={"canary": "closed"})
        closed.append([time.monotonic(), 0])
        wait_until(lambda before=load.counts["stable"]: load.counts["stable"] > before + 100, "more traffic")
        closed[-1][1] = time.monotonic()
        control.split(states={"canary": "active"})
    load.stop()
    assert load.failures == []
    # What was sent before may still be answered by it; the recorder's own threads would tell too late which.
    started = [arm for began, arm in load.answers if any(begin < began < end for begin, end in closed)]
    assert set(started) == {"stable"}, collections.Counter(started)
    assert len(canary.requests) == load.counts["canary"]


def ports_on_the_way_to(port: int) -> set:
    """Local ports of this machine whose connect to `port` has no answer yet (proc_pid_net(5): SYN_SENT is 02)."""
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {int(row[1].split(":")[1], 16) for row in rows
            if row[3] == "02" and int(row[2].split(":")[1], 16) == port}


def test_a_request_on_its_way_to_a_backend_that_closes_is_decided_again(make_recorder, make_splitter):
    """The canary's address accepts nothing, so requests wait for its connection."""
    import socket
    hole = socket.socket()
    hole.bind(("127.0.0.1", 0))
    hole.listen(0)
    fillers = [socket.socket() for _ in range(4)]
    for filler in fillers:  # the queue of connections is full: further ones get no answer
        filler.setblocking(False)
        filler.connect_ex(hole.getsockname())
    stable = make_recorder(lambda *_: answer(b"stable"))
    splitter = make_splitter([backend("stable", stable.port), backend("canary", hole.getsockname()[1], "canary")],
                             [route({"canary": ALL, "stable": 0}, timeouts_ms={"connect": 60_000})])
    control = Control(splitter.control)
    client = Client(splitter.connect())
    client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    ours = {filler.getsockname()[1] for filler in fillers}
    wait_until(lambda: ports_on_the_way_to(hole.getsockname()[1]) - ours, "the connect to the canary")
    control.split({"canary": 0, "stable": ALL}, {"canary": "closed"})
    got = client.read()
    assert (got.status, got.body) == (200, b"stable")
    for each in (hole, *fillers):
        each.close()


def test_a_restart_goes_on_with_the_last_weights(pair, tmp_path):
    splitter, _, canary = pair
    control = Control(splitter.control)
    durable = control.split({"canary": 0, "stable": ALL})
    assert durable["durable"] is True
    splitter.process.kill()
    splitter.process.wait()
    splitter.start()
    client = Client(splitter.connect())
    assert {client.get().body for _ in range(50)} == {b"stable "}
    assert Control(splitter.control).generation == durable["generation"]
    assert canary.requests == []


def test_a_bad_change_changes_nothing(pair):
    splitter, _, _ = pair
    control = Control(splitter.control)
    status, body = control.call("PUT", "/v1/routes/shop/split", {
        "writer_epoch": 1, "base_generation": control.generation,
        "weights_ppm": [{"backend": "canary", "ppm": 5}, {"backend": "stable", "ppm": 5}]})
    assert status == 422, body
    assert control.status()["generation"] == control.generation
    client = Client(splitter.connect())
    assert client.get().status == 200


def test_endpoints_of_a_removed_backend_are_left_alone_afterwards(make_recorder, make_splitter):
    stable, old = make_recorder(), make_recorder()
    splitter = make_splitter([backend("stable", stable.port), backend("old", old.port, "canary")],
                             [route({"old": ALL, "stable": 0})])
    client = Client(splitter.connect())
    assert client.get().status == 200
    wait_until(lambda: len(old.open) == 1, "the pooled connection")
    control = Control(splitter.control)
    control.split({"old": 0, "stable": ALL}, {"old": "closed"})
    wait_until(lambda: not old.open, "the end of the pooled connection")
    assert client.get().status == 200
    assert (len(old.requests), len(stable.requests)) == (1, 1)
