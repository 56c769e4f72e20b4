"""Troubles that are not the release, under the sequential judge: what both versions need fails, the canary alone stumbles for
a moment, nobody comes. All visitors, 200 requests/s, come to one service, and the canary gets a quarter of them: a process of
either version has about as much to do. Some pages need something outside, `versions()` says what.

Intervals are 5 s long, so six of them must agree before anything is rolled back. Where the end is a promotion, the tolerance is
so wide that chance decides little, and a busy machine is not slow enough for the limit of latency."""
import re

import pytest

from .running import ended
from .rollouts import wait_for_weight

WEIGHT = 25
SEQUENTIAL = ("--judge=sequential", f"--canary-weight={WEIGHT}", "--interval=5s", "--warm-up=5s", "--latency-threshold=5000")
WIDE = "--tolerance=2x+1pp"
BURST = 15  # seconds


def versions(shared: str, own: str) -> dict:
    """Flags by tag. `shared` is what old and new versions need, `own` what "stumbling" needs in its place for a tenth of its pages.
    "harmed" fails for three points more without any trouble outside."""
    usual = ["--error-percent=1", f"--needs={shared}", "--needs-percent=15"]
    return {"steady": usual, "alike": usual, "stumbling": ["--error-percent=1", f"--needs={own}", "--needs-percent=10"],
            "harmed": ["--error-percent=4", *usual[1:]]}


def assert_undecided(run, platform, tag: str):
    assert run.is_running(), run.output()
    assert platform.weight(tag) == pytest.approx(WEIGHT, abs=0.5), "the weight is not what it was"


def promoted_or_not_proved(run, words: str):
    """Never rolled back. On a busy machine the canary may by chance stay slower than the tolerance to the end: then it waits for a person."""
    finished = run.wait(300)
    promoted = finished.exit_code == 0
    print("promoted" if promoted else f"not proved: {finished.stdout}")
    assert "ROLLBACK" not in finished.output
    return ended(finished, 0 if promoted else 11, words if promoted else "NOT PROVED in")


def test_dependency_of_both_versions_that_fails_is_waited_for(platform, shared, visitors):
    """One request of seven fails for some 20 s, on either version; the limit is 95 %."""
    run = platform.canary("alike", *SEQUENTIAL, "--canary-time=75s", WIDE)
    wait_for_weight(run, platform, "alike", WEIGHT)
    visitors.watch(12)  # an interval or two that are good
    shared.stop()
    run.wait_for("both fail", lambda: "HOLD: both versions fail" in run.output(), 40)
    failing = visitors.watch(5)
    assert failing.errors("steady") > 0 and failing.errors("alike") > 0, failing
    assert_undecided(run, platform, "alike")
    shared.start()
    finished = promoted_or_not_proved(run, "steady -> alike")
    assert "looks like a dependency, not your release" in finished.output


def test_burst_of_errors_on_the_canary_alone_is_forgiven(platform, own, visitors):
    """Ten points more errors on the canary for 15 s: three intervals, or a part of four. In simulation one of 6,000 such
    rollouts was rolled back; with --persist=2 three of four are."""
    run = platform.canary("stumbling", *SEQUENTIAL, "--canary-time=75s", WIDE)
    wait_for_weight(run, platform, "stumbling", WEIGHT)
    visitors.watch(12)
    own.stop()
    stumbled = visitors.watch(BURST)
    own.start()
    assert stumbled.errors("stumbling") > stumbled.errors("steady"), stumbled  # of a third as many requests
    assert_undecided(run, platform, "stumbling")
    promoted_or_not_proved(run, "steady -> stumbling")


def assert_missed(run, platform, words: str):
    """The end names the canary that nobody asks, and decides nothing."""
    finished = ended(run.wait(240), 11, "PAUSED", "not proved")
    assert re.search(words, finished.stdout), finished.output
    assert "ROLLBACK" not in finished.output and "PROMOTED" not in finished.output
    ended(platform.verb("abort"), 20, "ABORTED")


def test_visitors_who_stay_away_from_the_beginning_are_missed(platform, visitors):
    run = platform.canary("alike", *SEQUENTIAL, "--canary-time=30s")
    run.wait_for("the canary comes", lambda: "adding the canary" in run.output(), 120)
    visitors.stop()
    # A source that counts from the first request on knows no more than the second.
    assert_missed(run, platform, r"no requests reach the canary \(0 in \w+\), and none were counted on the old version"
                                 "|no counts of the canary have arrived since the weight was applied")


def test_visitors_who_leave_are_missed(platform, visitors):
    """What was seen before would do for a promotion."""
    run = platform.canary("alike", *SEQUENTIAL, "--canary-time=30s", WIDE)
    wait_for_weight(run, platform, "alike", WEIGHT)
    visitors.watch(18)
    visitors.stop()
    assert_missed(run, platform, "no request reached the canary since the last check")
