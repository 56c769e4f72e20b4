"""Hands that interfere."""
import time

from harness.rollout import clones, start_canary, wait_for_weight, weight_of
from stories.running import ended


def set_weights(namespace, stable: int, canary: int):
    namespace.set_route([{"op": "replace", "path": "/spec/rules/0/backendRefs/0/weight", "value": stable},
                         {"op": "replace", "path": "/spec/rules/0/backendRefs/1/weight", "value": canary}])


def test_weight_raised_by_hand_is_pushed_down_and_named(release, visitors, kai, namespace):
    run = start_canary(kai, "v2", "--canary-weight=20", canary_time="0.4")
    wait_for_weight(run, namespace, 20)
    visitors.watch(1)
    set_weights(namespace, 1000, 9000)
    raised = time.monotonic()
    run.wait_for("20% again", lambda: abs(weight_of(namespace) - 20) < 0.5, 10)
    assert time.monotonic() - raised < 2
    run.wait_for("the hand named", lambda: "kubectl" in run.output(), 10)
    ended(run.wait(), 0, "PROMOTED", "pushed down")
    assert visitors.stop().failed == 0


def test_weight_lowered_by_hand_is_respected(release, visitors, kai, namespace):
    run = start_canary(kai, "v2", "--canary-weight=20")
    wait_for_weight(run, namespace, 20)
    visitors.watch(1)
    set_weights(namespace, 9500, 500)
    ended(run.wait(), 11, "PAUSED", "lowered the canary to 5%")
    assert weight_of(namespace) == 5
    ended(kai("abort", "kai", *kai.where()), 20)
    assert clones(namespace) == []
