"""Open-loop visitors, and what they saw."""
import json
import pathlib
import signal
import subprocess
import time

from .waiting import NotYet, wait_until

# Of the services of the example.
PATHS = {"api-server": "/api/", "coordinator-service": "/coordinator/", "mobile-optimization": "/mobile/"}


class Seen:
    """Counts since the start of the visitors, or between two moments: `later - earlier`."""

    def __init__(self, line: dict):
        self.line, self.at, self.sent = line, line["at"], line["sent"]
        self.failures = dict(line["failures"])
        self.answers = {(a["service"], a["version"], a["status"]): a["count"] for a in line["answers"]}

    def __sub__(self, earlier: "Seen") -> "Seen":
        difference = Seen(self.line)
        difference.sent -= earlier.sent
        difference.failures = {kind: count - earlier.failures[kind] for kind, count in self.failures.items()}
        difference.answers = {key: count - earlier.answers.get(key, 0) for key, count in self.answers.items()}
        return difference

    def errors(self, version: str) -> int:
        """Answers of 5xx that this version gave."""
        return sum(count for (_, of, status), count in self.answers.items() if of == version and status >= 500)

    def lost(self, but_for: str = "") -> int:
        """Requests without an answer, or with one of 5xx that another version than `but_for` gave, or nobody's."""
        bad = sum(count for (_, version, status), count in self.answers.items() if status >= 500 and (not but_for or version != but_for))
        return sum(self.failures.values()) + bad

    @property
    def failed(self) -> int:
        return self.lost()

    def versions(self, service: str = "") -> dict:
        """Answers by version, of one service or of all. "" is an answer of whoever splits the traffic."""
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
        return f"Seen(sent={self.sent}, failures={self.failures}, answers={answers})"


class Visitors:
    """`command` is the program `visitors`, told where to go and to report each 100 ms."""

    def __init__(self, command: list, output: pathlib.Path):
        self.output = output
        with output.open("w", encoding="utf-8") as lines:
            self.process = subprocess.Popen([str(word) for word in command], stdout=lines, stderr=subprocess.STDOUT, start_new_session=True)
        wait_until("first visitors", lambda: self.process.poll() is not None or self.lines())
        if self.process.poll() is not None:
            raise NotYet(f"visitors ended: {output.read_text()}")

    def lines(self) -> list:
        """Every report so far; the last line may still be written and is left out then."""
        text = self.output.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.split("\n")[:-1] if line.startswith("{")]

    def seen(self) -> Seen:
        """Up to now (within 100 ms)."""
        return Seen(self.lines()[-1])

    def seen_between(self, begin: float, end: float) -> Seen:
        """Between the reports that are the nearest inside of two moments of the wall clock."""
        lines = [line for line in self.lines() if begin <= line["at"] <= end]
        return Seen(lines[-1]) - Seen(lines[0])

    def watch(self, seconds: float) -> Seen:
        """What happens in the next seconds."""
        before = self.seen()
        time.sleep(seconds)
        return self.seen() - before

    def more(self, requests: int) -> Seen:
        """What the next so many requests met."""
        before = self.seen()
        wait_until(f"{requests} more requests", lambda: self.seen().sent - before.sent >= requests)
        return self.seen() - before

    def stop(self) -> Seen:
        """No new requests; waits for those in flight. All counts are final then."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        return self.seen()
