"""The sequential judge over more than one run; how it judges is in test_judging.py."""
import signal

from harness.rollout import clones, start_canary
from stories.running import ended

SEQUENTIAL = ("--judge=sequential", "--critical-services=api-server", "--warm-up=5s", "--canary-weight=30")


def judged(kai) -> dict:
    """What `status` says of the saved evidence; empty before the first interval."""
    return kai("status", "kai", "-o", "json", *kai.where()).json().get("judged", {})


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
