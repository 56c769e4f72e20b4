"""`--soak=20`: every test that many times, round after round, and how many rounds passed."""
import collections

import pytest

PROPERTY = "soak round"


def pytest_addoption(parser):
    parser.addoption("--soak", type=int, default=0, metavar="ROUNDS", help="every test this many times, round after round")


@pytest.fixture(autouse=True)
def soak_round(request):
    return getattr(request, "param", 0)


def pytest_generate_tests(metafunc):
    rounds = metafunc.config.getoption("soak")
    if rounds:
        metafunc.parametrize("soak_round", range(1, rounds + 1), indirect=True, ids=lambda number: f"round{number}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    if not config.getoption("soak"):
        return
    for item in items:
        item.user_properties.append((PROPERTY, item.callspec.params["soak_round"]))
    items.sort(key=lambda item: item.callspec.params["soak_round"])


def pytest_terminal_summary(terminalreporter, config):
    rounds = config.getoption("soak")
    if not rounds:
        return
    stats = terminalreporter.stats
    passed = collections.Counter(map(round_of, stats.get("passed", [])))
    spoilt = {round_of(report) for kind in ("failed", "error") for report in stats.get(kind, [])}
    stories = max(passed.values(), default=0)
    whole = [number for number in range(1, rounds + 1) if stories and passed[number] == stories and number not in spoilt]
    terminalreporter.write_line(f"cluster-soak: {len(whole)} of {rounds} rounds passed, {stories} stories each")


def round_of(report) -> int:
    return dict(report.user_properties).get(PROPERTY, 0)
