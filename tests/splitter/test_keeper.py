"""The small parent: it holds the addresses, starts what crashed again, and replaces it on SIGHUP."""
import os
import pathlib
import random
import signal
import socket
import subprocess
import time

import pytest
from harness.client import Client
from harness.control import Control
from harness.handover import own_and_die
from harness.metrics import read_metrics
from harness.program import Splitter, backend, free_port, program_path, route, wait_until

ALL = 1_000_000


@pytest.fixture
def shop(make_splitter, recorder):
    return make_splitter([backend("stable", recorder.port)], [route({"stable": ALL})], keeper=True)


def replace(shop):
    before = shop.worker()
    shop.write()
    handed_over = shop.log.read_text().count("handed_over")
    shop.process.send_signal(signal.SIGHUP)
    wait_until(lambda: shop.worker() not in (None, before), "the takeover")
    wait_until(lambda: shop.log.read_text().count("handed_over") > handed_over, "the old process' knowing")
    return before


def crash(shop):
    wait_until(lambda: shop.worker() is not None, "a process that works")
    before = shop.worker()
    os.kill(before, signal.SIGKILL)
    return before


def test_a_crash_is_healed_and_who_comes_meanwhile_waits(shop):
    for _ in range(3):
        crash(shop)
        client = Client(shop.connect())
        assert client.get().status == 200
        client.close()


def test_counts_say_that_they_began_anew_after_a_crash(shop):
    before = read_metrics(shop)["process_start_time_seconds"]
    assert Client(shop.connect()).get().status == 200
    dead = crash(shop)
    wait_until(lambda: shop.worker() not in (None, dead), "the next process")
    after = read_metrics(shop)
    assert after["process_start_time_seconds"] > before and after["http_requests_total"] == 0


def test_sighup_replaces_the_process_and_no_client_is_cut(shop):
    client = Client(shop.connect())
    client.get()
    old = replace(shop)
    assert pathlib.Path(f"/proc/{old}").exists(), "it waits for its client"
    assert client.get().values("connection") == ["close"]
    client.close()
    wait_until(lambda: old not in shop.children(), "the end of the old process")
    wait_until(lambda: "older_processes" not in Control(shop.control).status(), "its last counts")
    assert read_metrics(shop)["http_requests_total"] == 2
    assert shop.process.poll() is None


def test_sighup_with_a_mistake_in_the_file_changes_nothing(shop):
    worker = shop.worker()
    good = shop.configuration["snapshot"]["routes"]
    shop.configuration["snapshot"]["routes"] = [route({"stable": 5})]
    shop.write()
    shop.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "not_replaced" in shop.log.read_text(), "the refusal")
    assert "/snapshot/routes/0/split" in shop.log.read_text()
    assert shop.worker() == worker and Client(shop.connect()).get().status == 200
    shop.configuration["snapshot"]["routes"] = good
    replace(shop)


def test_a_successor_that_fails_leaves_the_process_that_works(shop, recorder):
    worker = shop.worker()
    shop.configuration["metrics_address"] = f"127.0.0.1:{recorder.port}"
    shop.write()
    shop.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "takeover_failed exit_code=1" in shop.log.read_text(), "the failure")
    assert shop.worker() == worker and Client(shop.connect()).get().status == 200
    Control(shop.control).split({"stable": ALL})


def test_an_address_that_sighup_brings_is_held_over_a_crash_too(shop):
    port = free_port()
    shop.configuration["listeners"].append({"name": "more", "address": f"127.0.0.1:{port}"})
    replace(shop)
    crash(shop)
    for each in (port, shop.port):
        assert Client(socket.create_connection(("127.0.0.1", each), timeout=20)).get().status == 200
    del shop.configuration["listeners"][1]
    wait_until(lambda: shop.worker() is not None, "the next process")
    replace(shop)

    def is_refused():
        try:
            socket.create_connection(("127.0.0.1", port), timeout=20).close()
        except ConnectionRefusedError:
            return True
        return False

    wait_until(is_refused, "the end of the address")


def test_a_crash_while_the_old_process_still_answers_is_healed_at_once(shop):
    client = Client(shop.connect())
    client.get()
    replace(shop)
    crash(shop)
    assert Client(shop.connect()).get().status == 200
    assert client.rest() == b"", "nobody told the old process what is in force"


def test_a_successor_that_is_killed_at_any_moment_costs_no_address_and_no_weight(shop):
    """Before it is in charge the old process goes on; after that it is a crash like any other."""
    chance = random.Random(3)
    control = Control(shop.control)
    for turn in range(12):
        before = set(shop.children())
        shop.process.send_signal(signal.SIGHUP)
        wait_until(lambda: set(shop.children()) - before, "the successor")
        time.sleep(turn % 2 * chance.random() * 0.06)  # every second one before it can have begun
        os.kill((set(shop.children()) - before).pop(), signal.SIGKILL)
        client = Client(shop.connect())
        assert client.get().status == 200
        client.close()
        wait_until(lambda: shop.worker() is not None and len(shop.children()) == 1, "one process that works")
    assert Control(shop.control).generation == control.generation
    log = shop.log.read_text()
    assert "takeover_failed" in log, "some were killed before"


def test_a_successor_that_dies_in_charge_and_unready_is_healed_while_the_old_process_still_answers(hold_request):
    shop, held, goes_on = hold_request(keeper=True)
    old = shop.worker()
    own_and_die(shop.handover)
    wait_until(lambda: shop.worker() not in (None, old), "the next process")
    assert Client(shop.connect()).get().body == b"ok"
    assert old in shop.children()
    goes_on.set()
    assert held.read().body == b"late"


def test_a_crash_while_a_successor_hangs_is_healed(shop):
    before = shop.worker()
    with socket.socket(socket.AF_UNIX) as other:
        other.connect(shop.handover)  # one at a time, so the successor waits
        shop.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(shop.children()) == 2, "the successor")
        successor = (set(shop.children()) - {before}).pop()
        os.kill(successor, signal.SIGSTOP)
        crash(shop)
    assert Client(shop.connect()).get().status == 200
    wait_until(lambda: shop.worker() not in (None, before, successor), "word of the next process")


def test_an_address_of_a_configuration_that_is_refused_is_not_kept(shop):
    """The second one is taken, so nobody would ever accept at the first."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken, free = other.getsockname()[1], free_port()
        shop.configuration["listeners"] += [{"name": name, "address": f"127.0.0.1:{port}"}
                                            for name, port in (("free", free), ("taken", taken))]
        shop.write()
        shop.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "not_replaced" in shop.log.read_text(), "the refusal")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", free), timeout=20)
    assert Client(shop.connect()).get().status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_its_end_is_the_end_of_all_in_order(shop, number):
    client = Client(shop.connect())
    client.get()
    replace(shop)
    children = shop.children()
    assert len(children) == 2
    shop.process.send_signal(number)
    wait_until(lambda: shop.log.read_text().count("draining") >= 2, "the drain")
    assert client.get().values("connection") == ["close"]
    client.close()
    assert shop.wait() == 0
    assert not any(pathlib.Path(f"/proc/{child}").exists() for child in children)


def test_what_the_first_process_fails_with_is_the_keepers_own_end(tmp_path, recorder):
    splitter = Splitter(tmp_path, [backend("stable", recorder.port)], [route({"stable": ALL})])
    command = [program_path(), "--keeper", "--config", str(splitter.write())]
    (tmp_path / "state").chmod(0o777)
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1 and "nobody else may write to it" in run.stderr
    splitter.configuration["listeners"] = []
    splitter.write()
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 2 and "lacks 'listeners'" in run.stderr
    run = subprocess.run([*command, "--takeover", "/x"], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 2 and "--takeover" in run.stderr


def test_what_a_supervisor_holds_goes_on_to_the_process_that_works(tmp_path, recorder):
    splitter = Splitter(tmp_path, [backend("stable", recorder.port)], [route({"stable": ALL})], keeper=True)
    with socket.create_server(("127.0.0.1", splitter.port), backlog=64) as held:
        splitter.start(held)
        assert Client(splitter.connect()).get().status == 200
        crash(splitter)
        assert Client(splitter.connect()).get().status == 200
        splitter.stop()
