"""The stories of every platform, on one machine; what only one machine has is in the files beside this one."""
import pytest

from harness.platform import Platform
from stories.rollouts import *  # noqa: F403


@pytest.fixture
def bare_platform(make_shop):
    return Platform(make_shop)


@pytest.fixture
def platform(bare_platform):
    bare_platform.install()
    return bare_platform


@pytest.fixture
def shop(platform):
    return platform.shop
