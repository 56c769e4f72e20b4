"""Pods that cannot run; those that go away are in test_vanishing.py."""
from harness.platform import Before
from harness.rollout import start_canary
from stories.rollouts import assert_never_weighed
from stories.running import ended


def test_image_that_cannot_be_pulled_never_gets_weight(release, visitors, kai, namespace):
    before = Before(namespace, release)
    finished = ended(start_canary(kai, "v404", "--canary-weight=20").wait(), 10, "ROLLBACK", "ImagePull")
    assert finished.seconds < 30
    assert_never_weighed(finished)
    before.assert_nothing_changed()
