"""Pods that cannot run, or go away."""
import time

from harness.rollout import Before, clones, ended, start_canary, wait_for_weight, weight_of


def assert_never_weighed(run):
    assert "authorised" not in run.output, f"a weight was given:\n{run.output}"


def test_canary_that_crashes_at_start_never_gets_weight(release, visitors, kai, namespace):
    before = Before(namespace, release)
    run = start_canary(kai, "v5", "--canary-weight=20")
    finished = ended(run.wait(), 10, "ROLLBACK", "exit code")
    assert finished.seconds < 30
    assert_never_weighed(finished)
    before.assert_nothing_changed()


def test_image_that_cannot_be_pulled_never_gets_weight(release, visitors, kai, namespace):
    before = Before(namespace, release)
    finished = ended(start_canary(kai, "v404", "--canary-weight=20").wait(), 10, "ROLLBACK", "ImagePull")
    assert finished.seconds < 30
    assert_never_weighed(finished)
    before.assert_nothing_changed()


def test_weight_is_lowered_when_the_canarys_pods_vanish(release, visitors, kai, namespace):
    run = start_canary(kai, "v2", "--canary-weight=25", canary_time="0.4")
    wait_for_weight(run, namespace, 25)
    visitors.watch(2)
    namespace.kubectl("delete", "pods", "-l", "kai-canary.dev/track=canary", "--wait=false")
    gone = time.monotonic()
    run.wait_for("weight 0", lambda: weight_of(namespace) == 0, 10)
    assert time.monotonic() - gone < 2  # the shop leaves gracefully; see the log for the time between endpoint and patch
    ended(run.wait(180), 0, "PROMOTED", "too few canary pods are ready")
    assert clones(namespace) == []


def test_upgrade_that_fails_is_taken_back(release, visitors, kai, namespace):
    before = Before(namespace, release)
    run = start_canary(kai, "v6", "--canary-weight=20", "--helm-timeout=60s")
    ended(run.wait(240), 13, "PROMOTION FAILED")
    assert {pod["spec"]["containers"][0]["image"].rsplit(":", 1)[1] for pod in namespace.pods()} == {"v1"}
    assert release.status() == "deployed"
    before.assert_route_is_as_before()
    assert clones(namespace) == [] and visitors.stop().failed == 0


def test_first_install_is_watched_without_a_baseline(namespace, kai, make_visitors):
    run = kai.start(*kai.canary("v1"), wrapper=True)
    run.wait_for("the release", lambda: "watching" in run.output(), 60)
    make_visitors()
    ended(run.wait(180), 0, "PROMOTED", "no baseline")
