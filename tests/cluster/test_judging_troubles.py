"""The sequential judge and troubles that are not the release, on Kubernetes; and a source that is away for a while."""
import json

import pytest

from bed import data_plane
from harness.platform import Platform
from stories.dependency import dependency
from stories.judging_troubles import *  # noqa: F403
from stories.judging_troubles import SEQUENTIAL, WEIGHT, WIDE, assert_missed, assert_undecided, promoted_or_not_proved, versions
from stories.rollouts import wait_for_weight
from stories.running import ended

GAP = 15  # seconds: three intervals, and fifteen scrapes
PORTS = (9300, 9301)  # inside the bed's network, where nobody else is


@pytest.fixture
def shared(bed):
    with dependency(data_plane.ADDRESS, PORTS[0], inside=bed.control_plane.command) as made:
        yield made


@pytest.fixture
def own(bed):
    with dependency(data_plane.ADDRESS, PORTS[1], inside=bed.control_plane.command) as made:
        yield made


@pytest.fixture
def stable_tag(bed, shared, own):
    for tag, flags in versions(shared.place, own.place).items():
        bed.images.publish(tag, {"api-server": flags})
    return "steady"


@pytest.fixture
def platform(namespace, release, kai, make_visitors):
    return Platform(namespace, release, kai, make_visitors, "--critical-services=api-server")


@pytest.fixture
def visited():
    return ("api-server",)


def judged(kai, name: str = "report.jsonl") -> list:
    """What the report has of every interval so far; a line that is being written is left out."""
    report = kai.folder / name
    lines = report.read_text().split("\n")[:-1] if report.exists() else []
    return [line for line in map(json.loads, lines) if line["kind"] == "frame"]


def gap_after(run, intervals: int, kai, prometheus, visitors) -> list:
    """Prometheus is away for some intervals after so many; what was judged before it came back."""
    run.wait_for(f"{intervals} intervals", lambda: len(judged(kai)) >= intervals, 90)
    prometheus.stop()
    before = len(judged(kai))
    visitors.watch(GAP)
    known = judged(kai)
    assert len(known) <= before + 1, "judged while nothing was known"  # an answer may have been on its way
    prometheus.start()
    return known


def assert_nothing_was_lost(kai, before: list):
    """One judge from beginning to end, one interval for the whole gap, with the requests that came in it."""
    frames = judged(kai)
    requests = 0
    for number, line in enumerate(frames, 1):
        requests += line["frame"]["services"][0]["canary"]["requests"]
        assert line["frame"]["sequence"] == number
        assert line["verdict"]["facts"][0]["requests"] == requests, f"evidence before interval {number} is lost"
    across = frames[len(before)]["frame"]
    assert across["span"] > (GAP - 1) * 1e9
    assert across["services"][0]["canary"]["requests"] > WEIGHT * GAP, "of 200 requests/s a quarter goes to the canary"


def test_gap_of_the_source_is_no_verdict_and_costs_no_evidence(platform, kai, prometheus, visitors):
    run = platform.canary("alike", *SEQUENTIAL, "--canary-time=60s", WIDE, "--report=report.jsonl")
    wait_for_weight(run, platform, "alike", WEIGHT)
    before = gap_after(run, 4, kai, prometheus, visitors)
    assert_undecided(run, platform, "alike")
    promoted_or_not_proved(run, "steady -> alike")
    assert_nothing_was_lost(kai, before)


def test_harm_that_begins_before_a_gap_is_caught_after_it(platform, kai, prometheus, visitors):
    """Six intervals must agree, and one was not enough for any verdict: the others come after the gap."""
    run = platform.canary("harmed", *SEQUENTIAL, "--canary-time=120s", "--report=report.jsonl")
    wait_for_weight(run, platform, "harmed", WEIGHT)
    before = gap_after(run, 2, kai, prometheus, visitors)
    assert_undecided(run, platform, "harmed")
    ended(run.wait(300), 10, "ROLLBACK", "api-server errors", "on the old version", "Chance of a false alarm")
    assert_nothing_was_lost(kai, before)


def test_visitors_who_go_past_the_route_are_missed(platform, namespace, visitors, make_visitors):
    """They call the pods of the old version, as a service within the cluster may: the weight is in force, and nobody is sent by it."""
    pod = next(pod for pod in namespace.pods() if pod["metadata"]["name"].startswith("api-server-"))
    make_visitors(services=("api-server",), at=(pod["status"]["podIP"], pod["spec"]["containers"][0]["ports"][0]["containerPort"]))
    run = platform.canary("alike", *SEQUENTIAL, "--canary-time=70s")
    run.wait_for("the canary comes", lambda: "adding the canary" in run.output(), 120)
    visitors.stop()
    assert_missed(run, platform, r"no requests reach the canary \(0 of about \d+ expected in 2m")
