"""The stories of the sequential judge, on one machine."""
import pytest

from harness.platform import Platform
from harness.shop import ONE
from stories.judging import *  # noqa: F403
from stories.judging import FAULTS


@pytest.fixture
def platform(make_shop):
    the_platform = Platform(make_shop, services=ONE)
    for tag, faults in FAULTS.items():
        the_platform.add(tag, {"api-server": faults})
    the_platform.install("steady")
    return the_platform


@pytest.fixture
def shop(platform):
    return platform.shop
