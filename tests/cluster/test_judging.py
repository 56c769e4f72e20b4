"""The stories of the sequential judge, on Kubernetes."""
import pytest

from harness.platform import Platform
from stories.judging import *  # noqa: F403
from stories.judging import FAULTS


@pytest.fixture
def stable_tag(bed):
    for tag, faults in FAULTS.items():
        bed.images.publish(tag, {"api-server": faults})
    return "steady"


@pytest.fixture
def platform(namespace, release, kai, make_visitors):
    return Platform(namespace, release, kai, make_visitors, "--critical-services=api-server")


@pytest.fixture
def visited():
    return ("api-server",)
