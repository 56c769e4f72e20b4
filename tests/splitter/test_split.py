"""Who gets which request, and what others see of it."""
import re
import urllib.request

import pytest
from harness.client import Client
from harness.program import backend, free_port, route, wait_until
from harness.recorder import answer

CANARY = {"canary": 100_000, "stable": 900_000}


@pytest.fixture
def pair(make_recorder, make_splitter):
    def make(weights=CANARY, **more):
        stable = make_recorder(lambda *_: answer(b"stable"))
        canary = make_recorder(lambda *_: answer(b"canary"))
        splitter = make_splitter([backend("stable", stable.port), backend("canary", canary.port, "canary")],
                                 [route(weights, **more)])
        return splitter, stable, canary

    return make


def scrape(splitter, path="/metrics") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{splitter.metrics_port}{path}", timeout=10) as reply:
        return reply.read().decode()


def scrape_settled(splitter, requests: int) -> str:
    """A request is counted when its last byte has left, which its client may see a moment earlier."""
    wait_until(lambda: series(scrape(splitter), "http_requests_total") == requests, f"{requests} requests counted")
    return scrape(splitter)


def series(text: str, name: str, **labels) -> float:
    """The sum over all series with these labels."""
    total = 0.0
    for line in text.splitlines():
        match = re.fullmatch(r"([a-z_]+)(?:\{(.*)\})? (\S+)", line)
        if match and match[1] == name:
            found = dict(re.findall(r'(\w+)="([^"]*)"', match[2] or ""))
            if labels.items() <= found.items():
                total += float(match[3])
    return total


def test_ten_percent_are_ten_percent_exactly(pair):
    splitter, stable, canary = pair()
    client = Client(splitter.connect())
    for _ in range(1000):
        assert client.get().status == 200
    assert abs(len(canary.requests) - 100) <= 4
    assert len(stable.requests) + len(canary.requests) == 1000


def test_a_weight_of_zero_gets_nothing(pair):
    splitter, _, canary = pair({"canary": 0, "stable": 1_000_000})
    client = Client(splitter.connect())
    for _ in range(100):
        assert client.get().body == b"stable"
    assert canary.connections == 0


def test_a_user_stays_where_he_is(pair):
    salt = "AAECAwQFBgcICQoLDA0ODw=="
    splitter, _, _ = pair(split={"salt": salt, "key": [{"header": "X-User"}],
                                 "weights_ppm": [{"backend": "canary", "ppm": 50_000},
                                                 {"backend": "stable", "ppm": 950_000}]})
    client = Client(splitter.connect())
    for _ in range(5):
        assert client.get("/", "X-User: user-15\r\n").body == b"canary"
        assert client.get("/", "X-User: user-1\r\n").body == b"stable"
        assert client.get("/", "X-User: user-42\r\n").body == b"stable"


def test_metrics_say_what_the_backends_saw(pair):
    splitter, stable, canary = pair(latency_edges_us=[50_000, 1_000_000])
    client = Client(splitter.connect())
    for _ in range(200):
        client.get()
    text = scrape_settled(splitter, 200)
    assert series(text, "http_requests_total", track="stable", status_code="200") == len(stable.requests)
    assert series(text, "http_requests_total", track="canary", status_code="200") == len(canary.requests)
    assert series(text, "http_request_duration_seconds_count") == 200
    assert series(text, "http_request_duration_seconds_bucket", le="+Inf") == 200
    assert series(text, "kai_attempts_total", outcome="ok") == 200
    assert series(text, "kai_split_assigned_total", kind="unkeyed") == 200
    assert scrape(splitter, "/readyz") == "ready\n"


def test_the_answers_of_the_backend_are_counted_by_status(make_recorder, make_splitter):
    recorder = make_recorder(lambda request, _: answer(b"", f"{request.target[1:]} X"))
    splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": 1_000_000})])
    client = Client(splitter.connect())
    for status in (200, 404, 500, 503, 500):
        assert client.get(f"/{status}").status == status
    text = scrape_settled(splitter, 5)
    assert series(text, "http_requests_total", status_code="500") == 2
    assert series(text, "http_requests_total", status_code="404") == 1


def test_what_a_dead_canary_breaks_the_canary_shows(make_recorder, make_splitter):
    stable = make_recorder()
    splitter = make_splitter([backend("stable", stable.port), backend("canary", free_port(), "canary")],
                             [route({"canary": 500_000, "stable": 500_000})])
    client = Client(splitter.connect())
    statuses = [client.get().status for _ in range(100)]
    assert abs(statuses.count(502) - 50) <= 4
    text = scrape_settled(splitter, 100)
    failed = statuses.count(502)
    assert series(text, "http_requests_total", track="canary", status_code="502") == failed
    assert series(text, "kai_attempts_total", track="canary", outcome="connect_failed") == failed
    assert series(text, "http_requests_total", track="stable", status_code="502") == 0
