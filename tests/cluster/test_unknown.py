"""What cannot be measured is neither good nor bad."""
from harness.rollout import clones, start_canary, wait_for_weight, weight_of
from stories.running import ended


def test_prometheus_back_within_the_budget_changes_nothing(release, visitors, kai, namespace, prometheus):
    run = start_canary(kai, "v2", "--canary-weight=20", "--unknown-budget=60s")
    wait_for_weight(run, namespace, 20)
    prometheus.stop()
    visitors.watch(8)
    prometheus.start()
    ended(run.wait(180), 0, "PROMOTED")
    assert visitors.stop().failed == 0


def test_prometheus_gone_for_good_pauses_at_the_first_weight(release, visitors, kai, namespace, prometheus):
    revision = release.revision()
    run = start_canary(kai, "v2", "--steps=10,40", "--unknown-budget=10s")
    wait_for_weight(run, namespace, 40)
    prometheus.stop()
    ended(run.wait(120), 11, "PAUSED", "cannot measure")
    assert weight_of(namespace) == 10, "the weight is that of the first step"
    assert release.revision() == revision
    prometheus.start()
    ended(kai("abort", "kai", *kai.where()), 20, "ABORTED")
    assert clones(namespace) == [] and visitors.stop().failed == 0
