"""What a rollback leaves for those who ask afterwards."""
from harness.rollout import start_canary
from stories.running import ended


def test_rollback_is_told_by_lists_events_and_last_words(release, visitors, kai, namespace):
    ended(start_canary(kai, "v3", "--canary-weight=20").wait(), 10, "ROLLBACK")
    listed = kai("helm-deploy", "--list-releases", *kai.where())
    assert "rolled back" in listed.stdout and "limit 95%" in listed.stdout, listed.output
    uids = {d["metadata"]["name"]: d["metadata"]["uid"] for d in namespace.get("deployments")}
    told = {(event["involvedObject"]["kind"], event["involvedObject"].get("uid"), event["reason"]) for event in namespace.get("events")
            if event.get("reportingComponent") == "kai-canary.dev/kai-canary"}
    assert {reason for kind, _, reason in told if kind == "ConfigMap"} == {"RolloutStarted", "WeightApplied", "RollingBack", "RolledBack"}, told
    assert {("Deployment", uid, "RollingBack") for uid in uids.values()} <= told, f"kubectl describe shows events by uid: {told}"
    logs = kai("logs", "kai", *kai.where())
    assert "pod api-server-canary" in logs.stdout and "cannot reach the basket store" in logs.stdout, logs.output
