"""A hot restart: the new process takes over from the old one, or leaves it as it was."""
import signal
import socket

import pytest
from harness.client import Client
from harness.control import Control
from harness.handover import HELLO, OWNED, SERVING, frame
from harness.metrics import read_metrics
from harness.program import backend, route, wait_until
from harness.recorder import answer

ALL = 1_000_000


@pytest.fixture
def shop(make_splitter, recorder):
    return make_splitter([backend("stable", recorder.port), backend("canary", recorder.port, "canary")],
                         [route({"canary": 250_000, "stable": 750_000})])


def test_the_new_process_serves_and_the_old_one_ends(shop):
    assert Client(shop.connect()).get().status == 200
    old = shop.take_over()
    assert Client(shop.connect()).get().status == 200
    assert old.wait(timeout=20) == 0
    assert "handed_over" in shop.logs[-2].read_text()
    assert Control(shop.control).status()["generation"] == 1


def test_an_idle_client_of_the_old_process_learns_with_its_next_answer(shop):
    client = Client(shop.connect())
    assert client.get().values("connection") == []
    old = shop.take_over()
    assert client.get().values("connection") == ["close"]
    client.close()
    assert old.wait(timeout=20) == 0


def test_a_request_in_flight_is_answered_by_the_old_process(hold_request):
    splitter, client, goes_on = hold_request()
    old = splitter.take_over()
    assert read_metrics(splitter)["kai_requests_in_flight"] == 1
    assert Control(splitter.control).status()["older_processes"] == 1
    goes_on.set()
    assert client.read().body == b"late"
    client.close()
    assert old.wait(timeout=20) == 0
    wait_until(lambda: read_metrics(splitter)["kai_requests_in_flight"] == 0, "the end of the request")
    assert read_metrics(splitter)["http_requests_total"] == 1


def test_a_change_reaches_the_old_process_before_it_is_answered(shop, recorder):
    """Each connection was made before the takeover, so the old process decides."""
    clients = [Client(shop.connect()) for _ in range(8)]
    for client in clients:
        client.get()
    old = shop.take_over()
    control = Control(shop.control)
    control.split(states={"canary": "closed"})
    before = read_metrics(shop, track="canary")["http_requests_total"]
    for client in clients:
        assert client.get().status == 200
        client.close()
    assert old.wait(timeout=20) == 0
    assert read_metrics(shop, track="canary")["http_requests_total"] == before
    assert read_metrics(shop)["http_requests_total"] == 16


def test_the_split_goes_on_where_it_was(make_recorder, make_splitter):
    """Of three requests in a row the sequence never gives all to one half, whoever takes them; chance would soon."""
    arms = {arm: make_recorder(lambda *_, arm=arm: answer(arm.encode())) for arm in ("stable", "canary")}
    splitter = make_splitter([backend("stable", arms["stable"].port), backend("canary", arms["canary"].port, "canary")],
                             [route({"canary": ALL // 2, "stable": ALL // 2})])
    went = []
    for _ in range(24):
        client = Client(splitter.connect())
        went.append(client.get().body)
        client.close()
        splitter.take_over()
    assert all(len(set(went[at:at + 3])) == 2 for at in range(len(went) - 2)), went


def test_counts_and_their_start_go_on(shop):
    start = read_metrics(shop)["process_start_time_seconds"]
    for expected in range(1, 5):
        client = Client(shop.connect())
        assert client.get().status == 200
        client.send(b"GET /\r\n\r\n")
        assert client.read().status == 400
        client.close()
        shop.take_over().wait(timeout=20)
        figures = read_metrics(shop)
        assert figures["process_start_time_seconds"] == start
        assert figures["http_requests_total"] == expected
        assert figures["kai_rejected_requests_total"] == expected
        assert figures["http_request_duration_seconds_count"] == expected


def test_weights_and_generation_go_on_and_are_saved_by_the_new_one(shop):
    control = Control(shop.control)
    control.split({"canary": 100_000, "stable": 900_000})
    shop.take_over().wait(timeout=20)
    control = Control(shop.control)
    assert control.generation == 2
    control.split({"canary": 300_000, "stable": 700_000})
    shop.stop()
    shop.start()
    assert Control(shop.control).generation == 3


def test_a_newer_file_is_used_and_told_to_the_old_process(shop, recorder):
    client = Client(shop.connect())
    client.get()
    snapshot = shop.configuration["snapshot"]
    snapshot["generation"] = 9
    snapshot["routes"] = [route({"canary": 0, "stable": ALL})]
    shop.take_over()
    status = Control(shop.control).status()
    assert status["generation"] == 9
    wait_until(lambda: {each["generation"] for each in Control(shop.control).status()["workers"]} == {9},
               "the old process to follow")
    before = read_metrics(shop, track="canary")["http_requests_total"]
    client.get()
    client.close()
    assert read_metrics(shop, track="canary")["http_requests_total"] == before


def test_more_and_fewer_workers_and_another_address(shop):
    for workers in (4, 1, 2):
        shop.configuration["workers"] = workers
        shop.take_over().wait(timeout=20)
        for _ in range(8):
            assert Client(shop.connect()).get().status == 200
    from harness.program import free_port
    new_port = free_port()
    shop.configuration["listeners"].append({"name": "more", "address": f"127.0.0.1:{new_port}"})
    shop.take_over().wait(timeout=20)
    assert Client(socket.create_connection(("127.0.0.1", new_port))).get().status == 200
    del shop.configuration["listeners"][1]
    shop.take_over().wait(timeout=20)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", new_port))


def test_a_tunnel_stays_with_the_old_process(make_recorder, make_splitter):
    def handle(_, connection):
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")
        while piece := connection.recv(65536):
            connection.sendall(piece)

    recorder = make_recorder(handle)
    splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": ALL})])
    client = Client(splitter.connect())
    client.send(b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
    assert client.head().status == 101
    old = splitter.take_over()
    client.send(b"still there")
    assert client.take(11) == b"still there"
    client.connection.shutdown(socket.SHUT_WR)
    assert client.rest() == b""
    client.close()
    assert old.wait(timeout=20) == 0


def test_the_last_but_two_follows_and_is_counted_too(shop):
    """Each of three processes has a client that it is not done with."""
    clients = []
    for _ in range(3):
        clients.append(Client(shop.connect()))
        clients[-1].get()
        shop.take_over()
    control = Control(shop.control)
    status = control.status()
    assert (status["older_processes"], status["older_connections"]) == (3, 3)
    control.split(states={"canary": "closed"})
    before = read_metrics(shop, track="canary")["http_requests_total"]
    for client in clients:
        assert client.get().values("connection") == ["close"]
        client.close()
    for old in shop.older:
        assert old.wait(timeout=20) == 0
    assert read_metrics(shop, track="canary")["http_requests_total"] == before
    assert read_metrics(shop)["http_requests_total"] == 6
    wait_until(lambda: "older_processes" not in Control(shop.control).status(), "the end of the old ones")


def test_processes_are_not_stacked_up_for_ever(shop):
    clients = []
    for _ in range(15):
        clients.append(Client(shop.connect()))
        clients[-1].get()
        shop.take_over()
    failed = shop.try_takeover()
    assert failed.returncode == 1 and b"16 processes still answer" in failed.stderr
    assert Client(shop.connect()).get().status == 200
    shop.older[0].send_signal(signal.SIGTERM)
    clients[0].close()
    shop.older[0].wait(timeout=20)


def test_a_changed_path_is_refused_and_the_old_one_goes_on(shop):
    state = shop.configuration["state_dir"]
    shop.configuration["state_dir"] = state + "-2"
    failed = shop.try_takeover()
    assert failed.returncode == 1
    assert b"state_dir" in failed.stderr and b"only with a restart" in failed.stderr
    Control(shop.control).split({"canary": 0, "stable": ALL})
    assert Client(shop.connect()).get().status == 200


def test_nobody_to_take_over_from_is_an_error_that_says_so(shop, tmp_path):
    failed = shop.try_takeover(str(tmp_path / "nothing.sock"))
    assert failed.returncode == 1
    assert b"taking over from" in failed.stderr and b"No such file" in failed.stderr


@pytest.mark.parametrize("said", [b"", b"\xff" * 8, frame(b"[]"), frame(b'{"type":"hello","format":2}'), HELLO,
                                  HELLO + SERVING, SERVING, HELLO + OWNED])
def test_one_that_fails_at_any_step_leaves_the_old_one_as_it_was(shop, said):
    other = socket.socket(socket.AF_UNIX)
    other.connect(shop.handover)
    other.sendall(said)
    other.settimeout(1)
    try:
        while other.recv(65536):
            pass
    except (TimeoutError, ConnectionResetError):
        pass
    other.close()
    wait_until(lambda: Control(shop.control).status()["draining"] is False, "control")
    Control(shop.control).split({"canary": 0, "stable": ALL})
    assert Client(shop.connect()).get().status == 200
    assert shop.process.poll() is None
    shop.take_over().wait(timeout=20)
    assert Control(shop.control).generation == 2


def test_one_that_says_nothing_is_given_up_in_time(shop):
    """A lowering that comes meanwhile waits, and is done."""
    other = socket.socket(socket.AF_UNIX)
    other.connect(shop.handover)
    other.sendall(HELLO)
    assert other.recv(8)
    Control(shop.control).split(states={"canary": "closed"})
    assert "took too long" in shop.log.read_text()
    other.close()


def test_sigterm_during_the_drain_of_the_old_process_ends_it_sooner(shop):
    client = Client(shop.connect())
    client.get()
    old = shop.take_over()
    old.send_signal(signal.SIGTERM)
    assert old.wait(timeout=20) == 0  # drain_ms is 5 s, handover_drain_ms 300 s
    assert client.rest() == b""
    assert Client(shop.connect()).get().status == 200


def test_when_the_one_in_charge_dies_the_old_one_begins_nothing_more(shop):
    client = Client(shop.connect())
    client.get()
    old = shop.take_over()
    shop.process.kill()
    assert client.rest() == b""
    assert old.wait(timeout=20) == 0
