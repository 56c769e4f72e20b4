"""The stories of the sequential judge, on Kubernetes."""
import pytest

from bed import processes
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
def visitors(release, make_visitors, prometheus):
    crowd = make_visitors(services=("api-server",))
    promql = f'count(count_over_time(http_requests_total{{namespace="{release.namespace.name}",status_code="200"}}[10s]) >= 2)'
    processes.wait_until("counters of both pods in Prometheus", lambda: sum(v for _, v in prometheus.query(promql)) >= 2, 30, 0.2)
    return crowd
