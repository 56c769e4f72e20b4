"""The metric source against a real Prometheus and exporters that know their own counts: not one request more or less."""
import datetime
import http.client
import http.server
import json
import random
import signal
import socket
import subprocess
import threading
import time

import pytest

from bed import paths, processes
from bed import prometheus as bed_prometheus

SCRAPE_SECONDS = 0.25
EDGES = (0.1, 0.5)


def serve(handler) -> http.server.ThreadingHTTPServer:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Exporter:
    """An application whose requests arrive while it is scraped, so that what it counted is what a scrape saw."""

    def __init__(self, name: str, arm: str, tells_start: bool, seed: int = 1):
        self.name, self.arm, self.tells_start = name, arm, tells_start
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.busy = False
        self.total = {"requests": 0, "errors": 0, "slow": [0, 0]}
        self.starts = 0
        self._start()
        exporter = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = exporter.exposition().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = serve(Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"

    def _start(self):
        self.starts += 1
        self.started = time.time()
        self.statuses = {"200": 0}
        self.speeds = [0, 0, 0]  # up to each edge, and slower than all

    def restart(self):
        with self.lock:
            self._start()

    def _serve_some(self):
        for _ in range(self.random.randint(0, 40)):
            status = self.random.choices(("200", "404", "500", "503"), (90, 5, 3, 2))[0]
            speed = self.random.choices((0, 1, 2), (80, 15, 5))[0]
            self.statuses[status] = self.statuses.get(status, 0) + 1
            self.speeds[speed] += 1
            self.total["requests"] += 1
            self.total["errors"] += status.startswith("5")
            self.total["slow"][0] += speed > 0
            self.total["slow"][1] += speed > 1

    def exposition(self) -> str:
        with self.lock:
            if self.busy:
                self._serve_some()
            lines = ["# TYPE http_requests_total counter"]
            lines += [f'http_requests_total{{status_code="{status}"}} {count}' for status, count in self.statuses.items()]
            lines.append("# TYPE http_request_duration_seconds histogram")
            for i, edge in enumerate((*EDGES, "+Inf")):
                lines.append(f'http_request_duration_seconds_bucket{{le="{edge}"}} {sum(self.speeds[:i + 1])}')
            lines.append(f"http_request_duration_seconds_count {sum(self.speeds)}")
            lines.append("http_request_duration_seconds_sum 0")
            if self.tells_start:
                lines += ["# TYPE process_start_time_seconds gauge", f"process_start_time_seconds {self.started:.3f}"]
            return "\n".join(lines) + "\n"

    def rest(self):
        """No more requests, and time for two scrapes to see the last of them."""
        self.busy = False
        time.sleep(3 * SCRAPE_SECONDS + 0.6)

    def command(self) -> str:
        started = datetime.datetime.fromtimestamp(int(self.started), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"pod {self.name} service=0 arm={self.arm} started={started}"


class OwnPrometheus:
    """A Prometheus on loopback that scrapes the exporters."""

    def __init__(self, folder, exporters):
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        targets = "".join(f"""
  - targets: ["{e.address}"]
    labels: {{ namespace: shop, pod: {e.name} }}""" for e in exporters)
        (folder / "prometheus.yml").write_text(
            f"global: {{ scrape_interval: {int(SCRAPE_SECONDS * 1000)}ms, scrape_timeout: {int(SCRAPE_SECONDS * 1000)}ms }}\n"
            f"scrape_configs:\n- job_name: pods\n  static_configs:{targets}\n")
        self.process = None
        self.start()

    def start(self):
        with open(self.folder / "prometheus.log", "ab") as log:
            self.process = subprocess.Popen(
                [paths.tool("prometheus"), f"--config.file={self.folder / 'prometheus.yml'}", f"--web.listen-address=127.0.0.1:{self.port}",
                 f"--storage.tsdb.path={self.folder / 'data'}", "--scrape.discovery-reload-interval=100ms", "--log.level=warn"], stdout=log, stderr=log)
        processes.wait_until("Prometheus ready", self._ready, 30)

    def _ready(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            connection.request("GET", "/-/ready")
            return connection.getresponse().status == 200
        except OSError as error:
            raise paths.BedError(str(error)) from None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Between:
    """Stands between the source under test and Prometheus, and can spoil answers to everything but 'time()'."""

    def __init__(self, prometheus: OwnPrometheus):
        self.mode = ""
        between = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                form = self.rfile.read(int(self.headers["Content-Length"]))
                connection = http.client.HTTPConnection("127.0.0.1", prometheus.port, timeout=5)
                connection.request("POST", self.path, form, {"Content-Type": self.headers["Content-Type"]})
                answer = connection.getresponse()
                status, body = answer.status, answer.read()
                if not form.startswith(b"query=time%28%29"):
                    status, body = between.spoil(status, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass  # the other side had enough

            def log_message(self, *_):
                pass

        self.server = serve(Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def spoil(self, status: int, body: bytes):
        if self.mode == "half":
            return status, body[:len(body) // 2]
        if self.mode == "nan":
            answer = json.loads(body)
            for series in answer["data"]["result"]:
                series["values"][-1][1] = "NaN"
            return status, json.dumps(answer).encode()
        if self.mode == "warned":
            return status, json.dumps({**json.loads(body), "warnings": ["a store is away"]}).encode()
        if self.mode == "hangs":
            time.sleep(7)
        whole = {"html": (200, b"<html>sign in</html>"), "huge": (200, b" " * (64 << 20)), "busy": (503, b"busy"),
                 "rejected": (422, b'{"status":"error","errorType":"execution","error":"too many samples"}')}
        return whole.get(self.mode, (status, body))


class Source:
    """prometheus_contract: commands go in, JSON comes out. Sums what it counted per pod."""

    def __init__(self, command: list):
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.sums = {}

    def __call__(self, command: str) -> dict:
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"prometheus_contract ended with {self.process.wait(5)} at: {command}"
        return json.loads(line)

    def count(self) -> dict:
        answer = self("counters")
        for one in answer.get("slices", []):
            assert one["errors"] <= one["requests"] and all(slow <= one["timed"] for slow in one["slower"]), one
            total = self.sums.setdefault(one["target"], {"requests": 0, "errors": 0, "slow": [0, 0]})
            total["requests"] += one["requests"]
            total["errors"] += one["errors"]
            total["slow"] = [a + b for a, b in zip(total["slow"], one["slower"])]
        return answer

    def end(self):
        self.process.stdin.close()
        self.process.wait(10)


@pytest.fixture
def make_source(bed):  # pylint: disable=unused-argument  # the bed has fetched the tools
    started = []

    def make(*arguments, inside=None) -> Source:
        command = [paths.built_program("prometheus_contract", "KAI_PROMETHEUS_CONTRACT"), *arguments]
        started.append(Source(inside.command(*command) if inside else command))
        return started[-1]

    yield make
    for source in started:
        source.end()


class Measured:
    """Stable pod, canary pod, Prometheus, and a source that has looked once."""

    def __init__(self, folder, source: Source, canary_is_known: bool = True):
        self.source = source
        self.stable = Exporter("api-1", "baseline", tells_start=False, seed=1)
        self.canary = Exporter("api-canary-1", "canary", tells_start=True, seed=2)
        self.prometheus = OwnPrometheus(folder, [self.stable, self.canary])
        self.between = Between(self.prometheus)
        source("service api")
        source(self.stable.command())
        time.sleep(4 * SCRAPE_SECONDS + 0.6)
        answer = source(f"plan address={self.between.address} namespace=shop allow_idle=true")
        assert not [f for f in answer["findings"] if f["blocks"]], answer
        self.lines = answer["lines"]
        assert "error" not in source.count()
        if canary_is_known:
            source(self.canary.command())
            assert "error" not in source.count()

    def serve_for(self, seconds: float):
        self.stable.busy = self.canary.busy = True
        time.sleep(seconds)

    def assert_exact(self):
        self.stable.busy = False
        self.canary.rest()
        answer = self.source.count()
        assert "error" not in answer, answer
        assert self.source.sums[self.stable.name] == self.stable.total
        assert self.source.sums[self.canary.name] == self.canary.total
        assert answer["arms_apart"] and not answer["stale"] and answer["silent_pods"] == []


@pytest.fixture
def measured(tmp_path, make_source):
    the_measured = Measured(tmp_path, make_source())
    yield the_measured
    the_measured.prometheus.kill()


def test_what_is_counted_is_what_was_served(measured):
    measured.serve_for(0)
    for _ in range(30):
        time.sleep(0.2)
        assert "error" not in measured.source.count()
    measured.assert_exact()
    assert measured.stable.total["errors"] > 0 and measured.stable.total["slow"][1] > 0
    assert "scrapes every 250ms" in measured.lines[0]


def test_restarts_lose_and_invent_nothing(measured):
    for _ in range(4):
        measured.serve_for(2)
        measured.canary.rest()  # what a dying process counted after its last scrape is lost to everyone
        measured.stable.busy = False
        time.sleep(2 * SCRAPE_SECONDS)
        assert "error" not in measured.source.count()
        measured.stable.restart()
        measured.canary.restart()
        measured.source(measured.canary.command())
    measured.serve_for(1)
    measured.assert_exact()


def test_source_that_was_killed_costs_no_request(measured):
    measured.serve_for(1)
    assert "error" not in measured.source.count()
    measured.prometheus.kill()
    assert measured.source.count()["kind"] == "unavailable"
    time.sleep(3)
    assert measured.source.count()["kind"] == "unavailable"
    measured.prometheus.start()
    measured.serve_for(1)
    measured.assert_exact()


def test_pod_that_was_born_under_our_eyes_counts_from_its_start(tmp_path, make_source):
    """Its first scrapes are over when we hear of it."""
    measured = Measured(tmp_path, make_source(), canary_is_known=False)
    try:
        time.sleep(1.1)
        measured.canary.restart()
        measured.serve_for(2)
        measured.source(measured.canary.command())
        measured.assert_exact()
    finally:
        measured.prometheus.kill()


KINDS = {"half": "malformed", "html": "malformed", "huge": "malformed", "busy": "unavailable", "warned": "unavailable",
         "rejected": "rejected", "hangs": "unavailable"}


@pytest.mark.parametrize("mode", KINDS)
def test_spoiled_answer_has_its_kind_and_costs_nothing(measured, mode):
    measured.serve_for(1)
    measured.between.mode = mode
    answer = measured.source.count()
    assert answer["kind"] == KINDS[mode], answer
    assert "127.0.0.1" in answer["error"] and len(answer["error"]) < 2000
    measured.between.mode = ""
    measured.assert_exact()


def test_nan_costs_the_interval_of_its_pod_only(measured):
    measured.serve_for(1)
    measured.between.mode = "nan"
    for _ in range(2):  # each of the two pods is given up in turn
        assert measured.source.count()["kind"] == "malformed"
    measured.between.mode = ""
    assert "error" not in measured.source.count()
    measured.stable.busy = False
    measured.canary.rest()
    assert "error" not in measured.source.count()
    for exporter in (measured.stable, measured.canary):
        counted = measured.source.sums.get(exporter.name, {"requests": 0})
        assert counted["requests"] <= exporter.total["requests"]


def test_source_in_the_cluster_is_reached_through_the_api_server(release, visitors, make_source):
    assert visitors.seen().sent > 0
    source = make_source("cluster=true", inside=release.namespace.bed.control_plane)
    source("service api-server")
    for pod in release.namespace.pods():
        if pod["metadata"]["name"].startswith("api-server-"):
            running = pod["status"]["containerStatuses"][0]["state"]["running"]["startedAt"]
            source(f"pod {pod['metadata']['name']} service=0 arm=baseline started={running}")
    answer = source(f"plan address=http://prometheus-server.monitoring:9090 namespace={release.namespace.name}")
    assert answer["findings"] == [], answer
    assert "through the API server" in answer["lines"][0] and "11 edges" in answer["lines"][1], answer["lines"]
    assert "error" not in source.count()
    time.sleep(3)
    assert sum(one["requests"] for one in source.count()["slices"]) > 0
    elsewhere = source(f"plan address=http://{bed_prometheus.ADDRESS.split(':')[0]}:9 namespace={release.namespace.name}")
    assert [finding["check"] for finding in elsewhere["findings"]] == ["P12"], elsewhere
