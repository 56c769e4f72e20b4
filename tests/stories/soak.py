"""`--soak=20`: every test that many times, round after round; how many rounds passed, and what the tests measured."""
import collections
import statistics

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
    for name, figures in measured(stats.get("passed", [])).items():
        terminalreporter.write_line(f"soak: {name}: {len(figures)} times, mean {statistics.mean(figures):.2f}, median {statistics.median(figures):.1f}, "
                                    f"{min(figures):.1f} to {max(figures):.1f}")
    terminalreporter.write_line(f"soak: {len(whole)} of {rounds} rounds passed, {stories} stories each")


def round_of(report) -> int:
    return dict(report.user_properties).get(PROPERTY, 0)


def measured(reports: list) -> dict:
    """Figures that tests recorded by `record_property`, by test and name."""
    figures = collections.defaultdict(list)
    for report in reports:
        for name, value in report.user_properties:
            if name != PROPERTY:
                figures[f"{report.nodeid.split('::')[-1].split('[')[0]}: {name}"].append(value)
    return figures
