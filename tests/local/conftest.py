"""Fixtures of the tests on one machine: the shipped programs, a shop in a folder of its own, visitors."""
import os
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness.programs import processes_in  # noqa: E402
from harness.shop import Shop  # noqa: E402
from harness.visitors import Visitors  # noqa: E402


def pytest_collection_modifyitems(config, items):
    """KAI_SHARE=1/4: every fourth test from the second on, for runs side by side; they mostly wait."""
    which, _, of = os.environ.get("KAI_SHARE", "0/1").partition("/")
    kept = items[int(which)::int(of)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


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
    crowd = Visitors(shop.port, shop.folder / "visitors.jsonl")
    yield crowd
    crowd.stop()
