"""The stories of every platform, on Kubernetes; what only Kubernetes has is in the files beside this one."""
import pytest

from harness.platform import Platform
from harness.release import Release
from stories.rollouts import *  # noqa: F403


@pytest.fixture
def bare_platform(namespace, kai, make_visitors, helm_name):
    return Platform(namespace, Release(namespace, helm_name), kai, make_visitors)


@pytest.fixture
def platform(bare_platform, release):
    return bare_platform
