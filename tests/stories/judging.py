"""What the sequential judge is for: little harm found in little time, and no alarm without harm. Told in every run once, and
by `make judge-soak` thirty times on each platform. All visitors, 200 requests/s, come to one service, 1 % of whose answers are
errors; the canary gets a tenth of them."""
import time

from .running import ended
from .rollouts import wait_for_weight

SEQUENTIAL = ("--judge=sequential", "--canary-weight=10", "--interval=5s", "--warm-up=5s")
FAULTS = {"steady": ["--error-percent=1"], "alike": ["--error-percent=1"], "harmed": ["--error-percent=4"]}
CAUGHT_WITHIN = 300  # seconds; the median over many rounds is what counts


def test_three_points_more_errors_are_caught(platform, visitors, record_property):
    before = platform.before()
    run = platform.canary("harmed", *SEQUENTIAL, f"--canary-time={CAUGHT_WITHIN}s")
    applied = wait_for_weight(run, platform, "harmed", 10)
    run.wait_for("weight 0", lambda: platform.weight("harmed") == 0, CAUGHT_WITHIN)
    record_property("seconds at weight", time.monotonic() - applied)
    ended(run.wait(), 10, "ROLLBACK", "api-server errors", "on the old version", "Chance of a false alarm")
    before.assert_nothing_changed()


def test_a_version_that_is_alike_is_not_rolled_back(platform, visitors, record_property):
    """By chance its share of errors may stay above the tolerance to the end: then it waits for a person, and how often is told."""
    run = platform.canary("alike", *SEQUENTIAL, "--canary-time=90s")
    applied = wait_for_weight(run, platform, "alike", 10)
    finished = run.wait(600)
    record_property("seconds to its end", time.monotonic() - applied)
    promoted = finished.exit_code == 0
    record_property("promoted", int(promoted))
    ended(finished, 0 if promoted else 11, "steady -> alike" if promoted else "NOT PROVED in")
    assert "ROLLBACK" not in finished.output
