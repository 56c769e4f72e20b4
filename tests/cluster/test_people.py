"""People at the keyboard, and hands that interfere."""
import json
import signal
import time

from harness.rollout import SHORT, Before, clones, ended, start_canary, wait_for_weight, weight_of


def test_second_run_is_locked_out_and_told_by_whom(release, visitors, kai, namespace):
    first = start_canary(kai, "v2", "--canary-weight=20")
    wait_for_weight(first, namespace, 20)
    ended(kai(*kai.canary("v2"), wrapper=True), 5, "another rollout holds this release", "holder", "process")
    assert weight_of(namespace) == 20
    ended(first.wait(), 0, "PROMOTED")


def test_ctrl_c_takes_the_weight_back_at_once(release, visitors, kai, namespace):
    before = Before(namespace, release)
    run = start_canary(kai, "v2", "--canary-weight=25")
    wait_for_weight(run, namespace, 25)
    pressed = time.monotonic()
    run.signal(signal.SIGINT)
    run.wait_for("weight 0", lambda: weight_of(namespace) == 0, 10)
    assert time.monotonic() - pressed < 2
    ended(run.wait(), 20, "ABORTED")
    before.assert_nothing_changed()
    assert visitors.stop().failed == 0


def test_killed_run_leaves_the_traffic_and_can_be_cleaned_up(release, visitors, kai, namespace):
    before = Before(namespace, release)
    run = start_canary(kai, "v2", "--canary-weight=25")
    wait_for_weight(run, namespace, 25)
    run.signal(signal.SIGKILL)
    run.wait()
    visitors.watch(2)
    assert weight_of(namespace) == 25, "nobody may have touched the weight"
    status = json.loads(kai("status", "kai", "-o", "json", *kai.where()).stdout)
    assert (status["phase"], status["weightPercent"]) == ("progressing", 25.0), status
    ended(kai("abort", "kai", *kai.where()), 20, "ABORTED")
    before.assert_nothing_changed()
    assert visitors.stop().failed == 0


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
