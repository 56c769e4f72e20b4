"""The sequential judge and troubles that are not the release, on one machine. Not here: a source that is away for a while. What
is counted comes from the splitter, and where that does not answer, no request is answered either."""
import pytest

from harness.platform import Platform
from harness.shop import ONE
from stories.dependency import dependency
from stories.judging_troubles import *  # noqa: F403
from stories.judging_troubles import versions


@pytest.fixture
def bare_platform(make_shop):
    return Platform(make_shop, services=ONE)


@pytest.fixture
def shared(bare_platform):
    with dependency("127.0.0.1", bare_platform.shop.spare_ports[0]) as made:
        yield made


@pytest.fixture
def own(bare_platform):
    with dependency("127.0.0.1", bare_platform.shop.spare_ports[1]) as made:
        yield made


@pytest.fixture
def platform(bare_platform, shared, own):
    for tag, flags in versions(shared.place, own.place).items():
        bare_platform.add(tag, {"api-server": flags})
    bare_platform.install("steady")
    return bare_platform


@pytest.fixture
def shop(platform):
    return platform.shop
