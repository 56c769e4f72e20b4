"""Fixtures of the tests on one machine: the shipped programs, a shop in a folder of its own, visitors."""
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[up]) for up in (0, 1)]
pytest.register_assert_rewrite("stories")
from harness.programs import processes_in  # noqa: E402
from harness.shop import Shop  # noqa: E402


pytest_plugins = ["stories.soak"]


def pytest_configure(config):
    config.addinivalue_line("markers", "every_way_to_deploy: there is one on this platform")


@pytest.fixture
def folder():
    """Short, since a socket lies in it. After every test nothing works in it any more."""
    made = pathlib.Path(tempfile.mkdtemp(prefix="kai-local-"))
    yield made
    left = processes_in(made)
    shutil.rmtree(made, ignore_errors=True)
    assert left == {}, f"processes are left: {left}"


@pytest.fixture
def make_shop(folder):
    made = []

    def make(**more) -> Shop:
        made.append(Shop(folder, **more))
        return made[-1]

    yield make
    for shop in made:
        shop.end()


@pytest.fixture
def shop(make_shop):
    """v1 serves."""
    the_shop = make_shop()
    the_shop.install()
    return the_shop


@pytest.fixture
def visitors(shop):
    crowd = shop.visitors()
    yield crowd
    crowd.stop()
