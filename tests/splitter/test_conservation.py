"""No request is lost, doubled or failed whatever is changed: weights, endpoints, the program itself. And a crash of the
program costs what was under way there, and never the address."""
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
from harness.control import Control
from harness.metrics import read_metrics
from harness.program import DEADLINE, backend, route, wait_until

ALL = 1_000_000
STAMPED = pathlib.Path(__file__).parent / "harness" / "stamped.py"
SECONDS = float(os.environ.get("KAI_SOAK_SECONDS", "30"))
REQUESTS = int(os.environ.get("KAI_SOAK_REQUESTS", "0"))  # goes on until so many were answered
KILLS = int(os.environ.get("KAI_SOAK_KILLS", "8"))
CLIENTS = 16
PORTS = 4  # of each version


class Program:
    """One half of stamped.py."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([sys.executable, str(STAMPED), *map(str, arguments)],
                                        stdout=subprocess.PIPE, text=True)

    def line(self):
        return json.loads(self.process.stdout.readline())

    def report(self):
        self.process.send_signal(signal.SIGTERM)
        report = self.line()
        assert self.process.wait(timeout=DEADLINE) == 0
        return report


@pytest.fixture
def run():
    """Starts programs and ends them."""
    made = []

    def start(*arguments) -> Program:
        made.append(Program(*arguments))
        return made[-1]

    yield start
    for program in made:
        program.process.kill()
        program.process.wait()


class Changes(threading.Thread):
    """A weight every 100 ms, other endpoints every second: while the program is replaced, too."""

    def __init__(self, splitter, ports):
        super().__init__()
        self.splitter, self.ports = splitter, ports
        self.made, self.refused, self.wrong = 0, 0, []
        self.goes_on = True
        self.chance = random.Random(7)

    def run(self):
        began = time.monotonic()
        while self.goes_on:
            try:
                self.change()
            except Exception as error:  # told by the test
                self.wrong.append(repr(error))
                return
            time.sleep(max(0.0, began + 0.1 * (self.made + self.refused) - time.monotonic()))

    def change(self):
        """One that meets a takeover is refused or cut, and must not have been half done."""
        try:
            control = Control(self.splitter.control)
            status, body = self.put_endpoints(control) if self.made % 10 == 9 else self.put_weights(control)
        except (OSError, ValueError, AssertionError):
            self.refused += 1
            return
        if status == 200:
            self.made += 1
            return
        self.refused += 1
        if body["error"]["code"] not in ("handing_over", "stale_base"):
            self.wrong.append(body)

    def put_weights(self, control):
        ppm = self.chance.choice([0, 10_000, 250_000, 500_000, ALL])
        return control.call("PUT", "/v1/routes/shop/split", {
            "writer_epoch": 1, "base_generation": control.generation,
            "weights_ppm": [{"backend": "canary", "ppm": ppm}, {"backend": "stable", "ppm": ALL - ppm}]})

    def put_endpoints(self, control):
        _, snapshot = control.call("GET", "/v1/snapshot")
        snapshot["base_generation"] = snapshot.pop("generation")
        for each in snapshot["backends"]:
            some = self.chance.sample(self.ports[each["id"]], 2)
            each["endpoints"] = [f"127.0.0.1:{port}" for port in some]
        return control.call("PUT", "/v1/snapshot", snapshot)


def start_shop(make_splitter, run, **more):
    recorder = run("recorder", 2 * PORTS)
    ports = recorder.line()
    ports = {"stable": ports[:PORTS], "canary": ports[PORTS:]}
    splitter = make_splitter(
        [backend("stable", ports["stable"]), backend("canary", ports["canary"], "canary")],
        [route({"canary": 250_000, "stable": 750_000})], **more)
    return splitter, recorder, ports


def start_clients(run, splitter):
    return [run("clients", splitter.port, first, CLIENTS // 2, "nonce" + str(os.getpid())) for first in (0, 1000)]


def check_conservation(clients, recorded, lost_max=0):
    """Every number that a client sent came once; with `lost_max` some may not have come."""
    assert recorded["doubled"] == [] and recorded["wrong"] == []
    assert recorded["nonces"] == ["nonce" + str(os.getpid())]
    lost = 0
    for client, sent in ((client, sent) for report in clients for client, sent in report["sent"].items()):
        lost += sent - recorded["came"].get(client, 0) + len(recorded["missing"].get(client, []))
    assert lost <= lost_max


def test_nothing_is_lost_doubled_or_failed_over_changes_and_hot_restarts(make_splitter, run):
    splitter, recorder, ports = start_shop(make_splitter, run)
    start_of_counts = read_metrics(splitter)["process_start_time_seconds"]
    clients = start_clients(run, splitter)
    changes = Changes(splitter, ports)
    changes.start()
    began, last, counted = time.monotonic(), 0, 0.0
    try:
        while time.monotonic() - began < SECONDS or counted < REQUESTS:
            splitter.take_over()
            last += 1
            now = read_metrics(splitter)["http_requests_total"]
            assert now >= counted, "what is counted went backwards"
            counted = now
            time.sleep(max(0.0, began + 2 * last - time.monotonic()))
    finally:
        changes.goes_on = False
        changes.join()
    reports = [each.report() for each in clients]
    wait_until(lambda: all(old.poll() is not None for old in splitter.older), "the end of the old processes")
    # What they told last is on its way until the one in charge has read that they ended.
    wait_until(lambda: "older_processes" not in Control(splitter.control).status(), "their last counts")
    figures = {track: read_metrics(splitter, track=track) for track in ("stable", "canary")}
    recorded = recorder.report()
    told = {key: sum(report[key] for report in reports) for key in ("answered", "failed", "told_to_close")}
    print(f"conservation: {told['answered']} requests, {last} hot restarts, {changes.made} changes "
          f"({changes.refused} to be made again), {told['told_to_close']} connections told to close")
    assert [failure for report in reports for failure in report["failures"]] == []
    assert told["failed"] == 0 and changes.wrong == []
    assert changes.refused <= 2 * last, "only what meets a takeover, and not again and again"
    assert {old.returncode for old in splitter.older} == {0}
    check_conservation(reports, recorded)
    # What was counted is what the backends got, version by version, by all processes together.
    for track, own in ports.items():
        assert figures[track]["http_requests_total"] == sum(recorded["by_port"][str(port)] for port in own)
    assert read_metrics(splitter)["http_requests_total"] == told["answered"]
    assert read_metrics(splitter)["kai_requests_in_flight"] == 0
    assert read_metrics(splitter)["process_start_time_seconds"] == start_of_counts
    assert told["answered"] > 500 and changes.made > 20 and told["told_to_close"] > 0


def test_a_killed_process_is_started_again_and_the_address_never_refuses(make_splitter, run):
    splitter, recorder, ports = start_shop(make_splitter, run, keeper=True)
    control = Control(splitter.control)
    control.split({"canary": 100_000, "stable": 900_000})
    expected = control.generation
    clients = start_clients(run, splitter)
    away = []
    for _ in range(KILLS):
        worker = splitter.worker()
        time.sleep(1.1)  # one that crashes sooner is started again more slowly
        killed = time.monotonic()
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: splitter.worker() not in (None, worker), "the next process")
        away.append(time.monotonic() - killed)
        assert settled_generation(splitter) == expected, "what was acknowledged last is in force"
    reports = [each.report() for each in clients]
    recorded = recorder.report()
    failed = sum(report["failed"] for report in reports)
    print(f"kill: {sum(report['answered'] for report in reports)} requests, {KILLS} kills, {failed} cut by them, "
          f"nobody there for {sorted(away)[len(away) // 2]:.3f} s, at most {max(away):.3f} s")
    assert [report["refused"] for report in reports] == [0, 0]
    assert failed <= KILLS * CLIENTS, "what was under way, and no more"
    check_conservation(reports, recorded, lost_max=failed)


def settled_generation(splitter) -> int:
    found = []

    def ask():
        try:
            found.append(Control(splitter.control).generation)
        except (OSError, ValueError):
            return False
        return True

    wait_until(ask, "an answer on the control socket")
    return found[-1]
