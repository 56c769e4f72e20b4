"""Fixtures of the cluster tests: one bed per run, a namespace per test."""
import itertools
import os
import pathlib
import re
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[up]) for up in (0, 1)]
pytest.register_assert_rewrite("stories")
from bed import cluster, paths, processes  # noqa: E402
from harness.audit import AuditLog  # noqa: E402
from harness.kubeconfig import Kubeconfig  # noqa: E402
from harness.namespace import Namespace  # noqa: E402
from harness.program import Program  # noqa: E402
from harness.release import WAYS, Release  # noqa: E402
from harness.timeline import Timeline  # noqa: E402
from harness.visitors import visitors_of  # noqa: E402
from stories.visitors import PATHS  # noqa: E402

pytest_plugins = ["stories.soak"]


def pytest_configure(config):
    config.addinivalue_line("markers", "quiet: holds the program to fractions of a second, so no more than two beds beside each other")
    config.addinivalue_line("markers", "every_way_to_deploy: with both Helms and both ways of applying")


def pytest_generate_tests(metafunc):
    if metafunc.definition.get_closest_marker("every_way_to_deploy"):
        metafunc.parametrize("helm_name, install_options", WAYS.values(), ids=WAYS.keys())


def pytest_collection_modifyitems(items):
    """A rollout waits for minutes: with these among the first of the short tests, several workers end at the same time."""
    rollouts = [item for item in items if "kai" in item.fixturenames]
    others = iter([item for item in items if "kai" not in item.fixturenames])
    mixed = []
    for rollout in rollouts:
        mixed += [rollout, *itertools.islice(others, 2)]
    items[:] = [*mixed, *others]


def skip_or_fail(reason: str):
    """Where the cluster is required (KAI_REQUIRE=cluster, as in CI), a skip is a failure."""
    if "cluster" in os.environ.get("KAI_REQUIRE", "").replace(",", " ").split():
        pytest.fail(f"KAI_REQUIRE=cluster, but {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def bed():
    reason = cluster.why_impossible()
    if reason:
        skip_or_fail(reason)
    slot = paths.Slot()
    the_bed = cluster.Bed(slot.folder)
    try:
        cluster.install_tools()
        the_bed.up()
        yield the_bed
    finally:
        if os.environ.get("KAI_BED_KEEP"):
            print(f"\nkept for a look: {the_bed.folder}")
        else:
            the_bed.down()
        slot.release()


@pytest.fixture
def prometheus(bed):
    """Running before and after each test, whatever the test did to it."""
    yield bed.prometheus
    if not bed.prometheus.daemon.pid():
        bed.prometheus.start()


@pytest.fixture
def make_namespace(bed, request, tmp_path_factory):
    """`make_namespace()` gives one more namespace with its own chart and host name."""
    made = []

    def make() -> Namespace:
        words = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-").removeprefix("test-")
        name = f"{words[:40].strip('-')}-{os.urandom(2).hex()}"
        made.append(Namespace(bed, name, tmp_path_factory.mktemp("namespace")))
        return made[-1]

    yield make
    for namespace in made:
        namespace.delete()


@pytest.fixture
def namespace(make_namespace):
    return make_namespace()


@pytest.fixture
def helm_name():
    """Which Helm the test uses; parametrize it with "helm" and "helm3" to use both."""
    return "helm"


@pytest.fixture
def helm_program(helm_name):
    """For tests that need Helm and no cluster."""
    program = paths.tool(helm_name)
    if not program.exists():
        skip_or_fail(f"{program} is missing: call tests/cluster/bed/install_tools.sh")
    return program


@pytest.fixture
def install_options():
    """What `helm install` is told beside the usual; see harness.release.WAYS."""
    return ()


@pytest.fixture
def stable_tag():
    """The version that serves before the story begins; another one must have been published."""
    return "v1"


@pytest.fixture
def release(namespace, helm_name, install_options, stable_tag):
    """The three services at `stable_tag`, ready."""
    the_release = Release(namespace, helm_name)
    the_release.install(stable_tag, *install_options)
    return the_release


@pytest.fixture
def make_visitors(namespace, tmp_path):
    started = []

    def make(**options):
        started.append(visitors_of(namespace, tmp_path / f"visitors-{len(started)}.jsonl", **options))
        return started[-1]

    yield make
    for visitors in started:
        visitors.stop()


@pytest.fixture
def visited():
    """Where the visitors go: services of two pods each."""
    return tuple(PATHS)


@pytest.fixture
def visitors(release, make_visitors, prometheus, visited):
    """200 requests/s over these services, all answered by stable, and in Prometheus since at least two scrapes."""
    crowd = make_visitors(services=visited)
    promql = f'count(count_over_time(http_requests_total{{namespace="{release.namespace.name}",status_code="200"}}[10s]) >= 2)'
    processes.wait_until("counters of the pods in Prometheus", lambda: sum(v for _, v in prometheus.query(promql)) >= 2 * len(visited), 30, 0.2)
    return crowd


@pytest.fixture
def kubeconfig(bed, tmp_path):
    """Checked at the end of each test that uses it: nobody may write to it."""
    the_kubeconfig = Kubeconfig(bed, tmp_path / "kubeconfig")
    yield the_kubeconfig
    assert the_kubeconfig.unchanged(), "the user's kubeconfig was changed"


@pytest.fixture
def timeline(namespace, release):
    """What the API server shows from here on, with the moments."""
    the_timeline = Timeline(namespace)
    yield the_timeline
    the_timeline.stop()


@pytest.fixture
def audit(bed):
    return AuditLog(bed.control_plane.audit_log)


@pytest.fixture
def kai(namespace, kubeconfig, tmp_path, helm_name):
    """The program under test; built by the checkout, or named by KAI_CANARY_BIN."""
    program = Program(namespace, kubeconfig, tmp_path, helm_name)
    yield program
    program.end_all()
