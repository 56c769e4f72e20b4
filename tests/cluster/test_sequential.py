"""The same stories with --judge=sequential, which compares the versions in every interval and may look at any time.

Intervals of 2 s here, six of which must agree. One service and most of an evening's traffic on it: with few requests a good
version often ends "not proved", which is right, and no story.
"""
import signal
import time

from harness.platform import Before
from harness.rollout import clones, start_canary, weight_of
from stories.running import ended

SEQUENTIAL = ("--judge=sequential", "--critical-services=api-server", "--warm-up=5s", "--canary-weight=30")


def judged(kai) -> dict:
    """What `status` says of the saved evidence; empty before the first interval."""
    return kai("status", "kai", "-o", "json", *kai.where()).json().get("judged", {})


def test_good_canary_is_promoted_by_the_sequential_judge(release, visitors, kai, namespace):
    before = Before(namespace, release)
    start = visitors.seen()
    finished = ended(start_canary(kai, "v2", *SEQUENTIAL, canary_time="1.5").wait(400), 0, "PROMOTED", "v1 -> v2", "PASS after")
    assert "ROLLBACK" not in finished.output
    assert release.status() == "deployed" and release.revision() == before.revision + 1
    assert clones(namespace) == []
    before.assert_route_is_as_before()
    assert (visitors.stop() - start).failed == 0


def test_bad_canary_is_rolled_back_by_the_sequential_judge(release, visitors, kai, namespace):
    before = Before(namespace, release)
    run = start_canary(kai, "v3", *SEQUENTIAL, canary_time="2")
    run.wait_for("the weight to be applied", lambda: "weight 30% applied" in run.output(), 60)
    applied = time.monotonic()
    run.wait_for("weight 0", lambda: weight_of(namespace) == 0, 60)
    took = time.monotonic() - applied
    ended(run.wait(), 10, "ROLLBACK after", "on the old version", "Chance of a false alarm: below 1 in 100.")
    # Six intervals of 2 s, two scrapes until the first one, the warm-up, and 3 s for source and route.
    assert took < 6 * 2 + 2 + 5 + 3, f"weight 0 came {took:.1f} s after the weight was applied"
    before.assert_nothing_changed()
    listed = kai("helm-deploy", "--list-releases", *kai.where())
    assert "rolled back" in listed.stdout and "on the old version" in listed.stdout, listed.output
    assert visitors.stop().failures == {kind: 0 for kind in visitors.seen().failures}, "a connection was lost"


def test_next_owner_goes_on_with_the_evidence(release, visitors, kai, namespace):
    run = start_canary(kai, "v2", *SEQUENTIAL, canary_time="2")
    run.wait_for("five intervals", lambda: judged(kai).get("intervals", 0) >= 5, 90)
    run.signal(signal.SIGKILL)
    run.wait()
    saved = judged(kai)
    assert saved["intervals"] >= 5 and saved["canaryRequests"] > 0
    resumed = kai.start("resume", "kai", *kai.where())
    # The first interval of the new owner may hold no request: what nobody watched is not counted.
    resumed.wait_for("more requests", lambda: judged(kai).get("canaryRequests", 0) > saved["canaryRequests"], 90)
    assert judged(kai)["intervals"] > saved["intervals"]
    ended(resumed.wait(400), 0, "PROMOTED")
    assert clones(namespace) == [] and visitors.stop().failed == 0
