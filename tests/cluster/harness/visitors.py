"""Open-loop visitors at the gateway, and what they saw."""
import json
import signal
import subprocess
import time

from bed import data_plane, paths, processes

from .namespace import Namespace

PATHS = {"api-server": "/api/", "coordinator-service": "/coordinator/", "mobile-optimization": "/mobile/"}


class Seen:
    """Counts since the start of the visitors, or between two moments: `later - earlier`."""

    def __init__(self, line: dict):
        self.line = line
        self.at = line["at"]
        self.sent = line["sent"]
        self.failures = dict(line["failures"])
        self.status_5xx = line["status_5xx"]
        self.answers = {(a["service"], a["version"], a["status"]): a["count"] for a in line["answers"]}

    def __sub__(self, earlier: "Seen") -> "Seen":
        difference = Seen(self.line)
        difference.sent -= earlier.sent
        difference.status_5xx -= earlier.status_5xx
        difference.failures = {kind: count - earlier.failures[kind] for kind, count in self.failures.items()}
        difference.answers = {key: count - earlier.answers.get(key, 0) for key, count in self.answers.items()}
        return difference

    @property
    def failed(self) -> int:
        """Requests that were lost: no answer, or one of 5xx."""
        return sum(self.failures.values()) + self.status_5xx

    def versions(self, service: str = "") -> dict:
        """Answers by version, of one service or of all. "" is an answer of the gateway itself."""
        counts = {}
        for (of, version, _), count in self.answers.items():
            if count and (not service or of == service):
                counts[version] = counts.get(version, 0) + count
        return counts

    def share(self, version: str, service: str = "") -> float:
        """Percent of the answers; 0 when there were none."""
        counts = self.versions(service)
        return 100 * counts.get(version, 0) / max(1, sum(counts.values()))

    def __repr__(self):
        answers = {key: count for key, count in self.answers.items() if count}
        return f"Seen(sent={self.sent}, failures={self.failures}, 5xx={self.status_5xx}, answers={answers})"


class Visitors:
    def __init__(self, namespace: Namespace, output, rate: float = 200, services=tuple(PATHS)):
        self.output = output
        with open(output, "w", encoding="utf-8") as lines:
            self.process = subprocess.Popen(
                namespace.bed.control_plane.command(
                    paths.built_program("visitors", "KAI_VISITORS"), f"--address={data_plane.ADDRESS}", f"--port={data_plane.PORT}",
                    f"--host={namespace.host}", f"--rate={rate}", "--interval-ms=100",
                    "--path=" + ",".join(PATHS[service] for service in services)),
                stdout=lines, stderr=subprocess.STDOUT)
        processes.wait_until("first visitors", lambda: self.process.poll() is not None or self.lines(), 10)
        if self.process.poll() is not None:
            raise paths.BedError(f"visitors ended: {output.read_text()}")

    def lines(self) -> list:
        """Every report so far; the last line may still be written and is left out then."""
        text = self.output.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.split("\n")[:-1] if line.startswith("{")]

    def seen(self) -> Seen:
        """Up to now (within 100 ms)."""
        return Seen(self.lines()[-1])

    def seen_at(self, unix_seconds: float) -> Seen:
        """As of the last report at or before the moment."""
        return Seen(max((line for line in self.lines() if line["at"] <= unix_seconds), key=lambda line: line["at"]))

    def watch(self, seconds: float) -> Seen:
        """What happens in the next seconds."""
        before = self.seen()
        time.sleep(seconds)
        return self.seen() - before

    def stop(self) -> Seen:
        """No new requests; waits for those in flight. All counts are final then."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        return self.seen()
