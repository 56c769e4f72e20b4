"""Fixtures of the splitter's tests: the shipped program between real clients and real backends."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness.client import Client  # noqa: E402
from harness.program import Splitter, backend, route  # noqa: E402
from harness.recorder import Recorder  # noqa: E402


@pytest.fixture
def make_recorder():
    made = []

    def make(*arguments, **more) -> Recorder:
        made.append(Recorder(*arguments, **more))
        return made[-1]

    yield make
    for recorder in made:
        recorder.close()


@pytest.fixture
def make_splitter(tmp_path):
    made = []

    def make(backends, routes, **more) -> Splitter:
        made.append(Splitter(tmp_path, backends, routes, **more))
        return made[-1].start()

    yield make
    for splitter in made:
        splitter.stop()


@pytest.fixture
def recorder(make_recorder):
    return make_recorder()


@pytest.fixture
def splitter(make_splitter, recorder):
    """One route with one backend, the recorder."""
    return make_splitter([backend("stable", recorder.port)], [route({"stable": 1_000_000})])


@pytest.fixture
def client(splitter):
    the_client = Client(splitter.connect())
    yield the_client
    the_client.close()
