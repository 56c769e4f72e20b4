"""The sequential judge and troubles that are not the release, on Kubernetes; and a source that is away for a while."""
import pytest

from bed import data_plane
from harness.platform import Platform
from stories.dependency import dependency
from stories.judging_troubles import *  # noqa: F403
from stories.judging_troubles import versions

PORTS = (9300, 9301)  # inside the bed's network, where nobody else is


@pytest.fixture
def shared(bed):
    with dependency(data_plane.ADDRESS, PORTS[0], inside=bed.control_plane.command) as made:
        yield made


@pytest.fixture
def own(bed):
    with dependency(data_plane.ADDRESS, PORTS[1], inside=bed.control_plane.command) as made:
        yield made


@pytest.fixture
def stable_tag(bed, shared, own):
    for tag, flags in versions(shared.place, own.place).items():
        bed.images.publish(tag, {"api-server": flags})
    return "steady"


@pytest.fixture
def platform(namespace, release, kai, make_visitors):
    return Platform(namespace, release, kai, make_visitors, "--critical-services=api-server")


@pytest.fixture
def visited():
    return ("api-server",)
