"""Pods that cannot run; those that go away are in test_vanishing.py."""
from harness.release import EVERY_APPLY
from harness.rollout import Before, clones, ended, start_canary


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


@EVERY_APPLY
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
