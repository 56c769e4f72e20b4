"""A bad version is back at 0 % and gone, and the sentence says why."""
import time

from harness.release import EVERY_APPLY
from harness.rollout import Before, clones, ended, start_canary, weight_of


@EVERY_APPLY
def test_bad_canary_is_rolled_back(release, visitors, kai, namespace):
    before = Before(namespace, release)
    run = start_canary(kai, "v3", "--canary-weight=20")
    run.wait_for("the weight to be applied", lambda: "weight 20% applied" in run.output(), 60)
    applied = time.monotonic()
    run.wait_for("weight 0", lambda: weight_of(namespace) == 0, 30)
    judged = time.monotonic() - applied
    ended(run.wait(), 10, "ROLLBACK", "success, limit 95%")
    # The judge can see a breach after two scrapes that lie wholly under the weight, 1 s each, and 0.5 s for the source;
    # from there it has one interval and 2 s.
    assert judged < 2.5 + 2 + 2, f"weight 0 came {judged:.1f} s after the weight was applied"
    before.assert_nothing_changed()
    listed = kai("helm-deploy", "--list-releases", *kai.where())
    assert "rolled back" in listed.stdout and "limit 95%" in listed.stdout, listed.output
    uids = {d["metadata"]["name"]: d["metadata"]["uid"] for d in namespace.get("deployments")}
    told = {(event["involvedObject"]["kind"], event["involvedObject"].get("uid"), event["reason"]) for event in namespace.get("events")
            if event.get("reportingComponent") == "kai-canary.dev/kai-canary"}
    assert {reason for kind, _, reason in told if kind == "ConfigMap"} == {"RolloutStarted", "WeightApplied", "RollingBack", "RolledBack"}, told
    assert {("Deployment", uid, "RollingBack") for uid in uids.values()} <= told, f"kubectl describe shows events by uid: {told}"
    logs = kai("logs", "kai", *kai.where())
    assert "pod api-server-canary" in logs.stdout and "cannot reach the basket store" in logs.stdout, logs.output
    assert visitors.stop().failures == {kind: 0 for kind in visitors.seen().failures}, "a connection was lost"


def test_slow_canary_is_rolled_back_by_the_limit_of_the_values(release, visitors, kai, namespace):
    before = Before(namespace, release)
    run = start_canary(kai, "v4", "--canary-weight=20")
    ended(run.wait(), 10, "ROLLBACK", "p95", "limit 500 ms")
    before.assert_nothing_changed()


def test_one_bad_service_of_three_rolls_all_back(bed, release, visitors, kai, namespace):
    bed.images.publish("bad-one", {"coordinator-service": ["--error-percent=30"]})
    before = Before(namespace, release)
    ended(start_canary(kai, "bad-one", "--canary-weight=20").wait(), 10, "ROLLBACK", "coordinator-service")
    before.assert_nothing_changed()
    assert clones(namespace) == []
