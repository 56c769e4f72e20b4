"""A week of counters that was never lived: written into a real Prometheus of its own, inside the bed."""
import json
import pathlib
import random
import struct
import subprocess
import time
import urllib.parse

from bed import paths, processes

SCRAPE_SECONDS = 15
PORT = 9191  # inside the bed's namespace, where nobody else is
SNAPPY_LITERAL_MAX = 1 << 16


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number: int, body: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(body)) + body


def write_request(series: list) -> bytes:
    """prometheus.WriteRequest of (labels, [(seconds, value)]), as the remote-write protocol 1 wants it."""
    out = []
    for labels, samples in series:
        body = [field(1, field(1, name.encode()) + field(2, value.encode())) for name, value in sorted(labels.items())]
        for at, value in samples:
            body.append(field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(at * 1000)))
        out.append(field(1, b"".join(body)))
    return b"".join(out)


def snappy(data: bytes) -> bytes:
    """The block format without any compression: literals only."""
    out = [varint(len(data))]
    for begin in range(0, len(data), SNAPPY_LITERAL_MAX):
        part = data[begin:begin + SNAPPY_LITERAL_MAX]
        out += [b"\xf4", struct.pack("<H", len(part) - 1), part]
    return b"".join(out)


class RecordedPod:
    """Counters and histogram of one pod, whose share of errors is told scrape by scrape."""

    def __init__(self, name: str, name_space: str, seed: int):
        self.name = name
        self.random = random.Random(seed)
        self.counts = {"200": 1000, "500": 10}  # nobody saw how it began
        self.buckets = {"0.1": 0, "0.5": 0, "+Inf": 0}  # by edge in seconds
        labels = {"namespace": name_space, "pod": name, "job": "pods", "instance": f"{name}:8080"}
        self.counters = [({**labels, "__name__": "http_requests_total", "status_code": status}, self.counts, status) for status in self.counts]
        self.counters += [({**labels, "__name__": "http_request_duration_seconds_bucket", "le": edge}, self.buckets, edge) for edge in self.buckets]

    def serve(self, requests: float, error_share: float):
        bad = self._about(requests * error_share)
        good = self._about(requests * (1 - error_share))
        self.counts["500"] += bad
        self.counts["200"] += good
        slow = self._about((good + bad) * 0.2)
        self.buckets["0.1"] += good + bad - slow
        self.buckets["0.5"] += good + bad - self._about(slow * 0.05)
        self.buckets["+Inf"] += good + bad

    def _about(self, mean: float) -> int:
        """Near enough to Poisson for means like these."""
        return max(0, round(self.random.gauss(mean, mean ** 0.5)))


class Recording:
    """Prometheus with a past. `record` tells it, the oldest first."""

    def __init__(self, control_plane, folder: pathlib.Path):
        self.control_plane, self.folder = control_plane, folder
        self.url = f"http://127.0.0.1:{PORT}"
        (folder / "prometheus.yml").write_text("scrape_configs: []\n")
        with open(folder / "prometheus.log", "wb") as log:
            self.process = subprocess.Popen(
                control_plane.command(paths.tool("prometheus"), f"--config.file={folder / 'prometheus.yml'}", f"--web.listen-address=127.0.0.1:{PORT}",
                                      f"--storage.tsdb.path={folder / 'data'}", "--storage.tsdb.retention.time=30d",
                                      "--web.enable-remote-write-receiver", "--log.level=warn"), stdout=log, stderr=log)
        processes.wait_until("Prometheus with a past", lambda: self._curl("/-/ready") or True, 60)

    def _curl(self, path: str, *more) -> str:
        return processes.run(*self.control_plane.command("curl", "-sSf", "-m", "20", *more, self.url + path)).stdout

    def write(self, series: list):
        body = self.folder / "write.snappy"
        body.write_bytes(snappy(write_request(series)))
        self._curl("/api/v1/write", "--data-binary", f"@{body}", "-H", "Content-Type: application/x-protobuf", "-H", "Content-Encoding: snappy",
                   "-H", "X-Prometheus-Remote-Write-Version: 0.1.0")

    def query(self, promql: str) -> list:
        return json.loads(self._curl("/api/v1/query?" + urllib.parse.urlencode({"query": promql})))["data"]["result"]

    def record(self, days: float, pods_at, requests: float, error_share):
        """`pods_at(hours)` are the pods that are scraped so many hours after the beginning, `error_share(hours)` what fails on each."""
        end = int(time.time())
        begin = end - int(days * 86400)
        collected, samples = {}, 0
        for at in range(begin, end + 1, SCRAPE_SECONDS):
            hours = (at - begin) / 3600
            for pod in pods_at(hours):
                pod.serve(requests, error_share(hours))
                for labels, counts, key in pod.counters:
                    collected.setdefault((pod.name, key), (labels, []))[1].append((at, counts[key]))
                    samples += 1
            if samples > 60_000:
                self.write(list(collected.values()))
                collected, samples = {}, 0
        self.write(list(collected.values()))

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
