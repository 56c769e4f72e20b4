"""SIGTERM: what was accepted is answered, then the program ends; and what it says before it starts."""
import socket
import subprocess

from harness.client import Client
from harness.program import Splitter, backend, program_path, route, wait_until

ALL = 1_000_000


def test_a_drain_finishes_what_is_in_flight(hold_request):
    splitter, client, goes_on = hold_request()
    splitter.terminate()
    wait_until(lambda: "draining" in splitter.log.read_text(), "the drain")
    goes_on.set()
    got = client.read()
    assert (got.body, got.values("connection")) == (b"late", ["close"])
    client.close()
    assert splitter.wait() == 0


def test_an_idle_client_learns_of_the_end_with_its_next_answer(splitter, client):
    assert client.get().values("connection") == []
    splitter.terminate()
    wait_until(lambda: "draining" in splitter.log.read_text(), "the drain")
    assert client.get().values("connection") == ["close"]
    client.close()
    assert splitter.wait() == 0


def test_a_drain_ends_in_time_whatever_clients_do(make_recorder, make_splitter):
    recorder = make_recorder()
    splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": ALL})], drain_ms=300)
    client = Client(splitter.connect())
    assert client.get().status == 200
    splitter.terminate()
    assert splitter.wait() == 0
    assert client.rest() == b""


def test_check_says_what_is_wrong_and_where(tmp_path):
    splitter = Splitter(tmp_path, [backend("stable", 8080)], [route({"stable": 5})])
    run = subprocess.run([program_path(), "--check", "--config", splitter.write()], capture_output=True, text=True)
    assert run.returncode == 2
    assert "/snapshot/routes/0/split" in run.stderr
    splitter.configuration["snapshot"]["routes"] = [route({"stable": ALL})]
    run = subprocess.run([program_path(), "--check", "--config", splitter.write()], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")


def test_an_address_in_use_is_an_error_that_names_it(tmp_path, recorder):
    splitter = Splitter(tmp_path, [backend("stable", recorder.port)], [route({"stable": ALL})])
    splitter.configuration["listeners"][0]["address"] = f"127.0.0.1:{recorder.port}"
    run = subprocess.run([program_path(), "--config", splitter.write()], capture_output=True, text=True, timeout=20)
    assert run.returncode == 1
    assert f"127.0.0.1:{recorder.port}" in run.stderr


def test_a_supervisor_that_holds_the_address_loses_no_connection_over_a_crash(tmp_path, recorder):
    splitter = Splitter(tmp_path, [backend("stable", recorder.port)], [route({"stable": ALL})])
    with socket.create_server(("127.0.0.1", splitter.port), backlog=64) as held:
        splitter.start(held)
        assert Client(splitter.connect()).get().status == 200
        splitter.stop()
        waiting = Client(splitter.connect())
        waiting.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        splitter.start(held)
        assert waiting.read().status == 200
        splitter.stop()
