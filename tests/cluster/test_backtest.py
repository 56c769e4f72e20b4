"""`backtest` on a recorded week in a real Prometheus: what the judge would have done, and the threshold beside it."""
import signal

import pytest

from harness.recording import RecordedPod, Recording

SERVICE = "api-server"
DEPLOYED_AFTER = 3 * 24  # hours
GAP = (100, 102)
REQUESTS = 1500  # a pod and scrape


def error_share(hours: float) -> float:
    """1 %, and every evening ten minutes in which whatever it needs is down: both pods fail alike."""
    return 0.25 if hours % 24 > 18 and hours % 24 < 18 + 1 / 6 else 0.01


@pytest.fixture
def recording(bed, tmp_path):
    the_recording = Recording(bed.control_plane, tmp_path)
    yield the_recording
    the_recording.end()


@pytest.fixture
def week(recording, release, namespace):
    """Three days of a version that is gone, then four days of the pods that run now."""
    names = [pod["metadata"]["name"] for pod in namespace.pods() if pod["metadata"]["name"].startswith(SERVICE)]
    now = [RecordedPod(name, namespace.name, seed) for seed, name in enumerate(names)]
    before = [RecordedPod(f"{SERVICE}-7d9f8b6c5d-{end}", namespace.name, 10 + seed) for seed, end in enumerate(("x2x4z", "q8q9z"))]
    recording.record(7, lambda hours: [] if GAP[0] <= hours < GAP[1] else before if hours < DEPLOYED_AFTER else now, REQUESTS, error_share)
    assert len(recording.query(f'count by (pod) (http_requests_total{{namespace="{namespace.name}"}})')) == 2
    return recording


def test_week_shows_false_alarms_power_and_the_threshold_beside_it(week, kai):
    ask = ("backtest", "kai", "--days=7", "--env=bed", f"--critical-services={SERVICE}", f"--prometheus={week.url}", *kai.where())
    run = kai(*ask, "-o", "json")
    assert run.exit_code == 0, run.output
    seen = run.json()
    identical = seen["identical"]
    assert seen["sentence"].startswith("KEEPS ITS PROMISE: "), seen["sentence"]
    assert identical["sequential"]["windows"] > 900, seen
    assert identical["sequential"]["rateAtMost"] < 0.01
    assert identical["threshold"]["rolledBack"] >= 6, "it cannot tell an outage of both from a defect"
    assert 0 < seen["evidenceMean"] < 1.5
    assert seen["services"] == [{"name": SERVICE, "podsLeast": 2, "podsMost": 2, "windowsSplitByRequests": 0}]
    assert seen["leftOut"]["gapsSeconds"] >= (GAP[1] - GAP[0]) * 3600
    assert 0 < seen["leftOut"]["deploysSeconds"] < 1200 and 6900 < seen["leftOut"]["learningSeconds"] <= 2 * 3600
    one, three, ten = seen["shifts"]
    assert [shift["percentagePoints"] for shift in (one, three, ten)] == [1, 3, 10]
    assert one["sequential"]["rate"] < three["sequential"]["rate"] <= ten["sequential"]["rate"] == 1, seen["shifts"]
    assert ten["sequential"]["medianSeconds"] <= 60
    assert three["threshold"]["rate"] < 0.5 < three["sequential"]["rate"], "4 % are within a limit of 5 %"

    interrupted = kai.start(*ask, "-o", "json")
    interrupted.wait_for("progress", lambda: "rollouts so far" in interrupted.output(), 30)
    interrupted.signal(signal.SIGINT)
    ended = interrupted.wait()
    assert ended.exit_code == 130, ended.output
    assert ended.json()["complete"] is False and "stopped by a person" in ended.stdout


def test_release_without_a_past_gets_words_and_no_figures(release, visitors, kai):
    assert visitors.seen().sent > 0
    run = kai("backtest", "kai", "--days=1", "--env=bed", f"--critical-services={SERVICE}", *kai.where())
    assert run.exit_code == 6, run.output
    assert run.stdout.startswith("NOTHING CAN BE SAID: "), run.output
    assert "SEQUENTIAL" not in run.stdout and "an hour of that version before it" in run.stdout, run.output
