"""The stories of every platform, on one machine; what only one machine has is in the files beside this one."""
import pytest

from harness.platform import Platform
from stories.rollouts import *  # noqa: F403


@pytest.fixture
def bare_platform(make_shop):
    return Platform(make_shop)


@pytest.fixture
def platform(bare_platform):
    """Nobody has come yet: a first version may be installed so."""
    finished = bare_platform.canary("v1", "--interval=1s", "--final-bake=1s").wait()
    assert finished.exit_code == 0, finished.output
    return bare_platform


@pytest.fixture
def visitors(platform):
    crowd = platform.visitors()
    yield crowd
    crowd.stop()
