"""The stories that hold on every platform: same exit codes, same sentences. A platform runs them by importing all of this
and giving the fixtures `platform`, `bare_platform` (without the release) and `visitors`:

    platform.canary(tag, *options) -> Running         a short rollout of this version in the background
    platform.verb(name, *words) -> Finished           a verb about the release
    platform.add(tag, {service: [fault, ...]})        one more version; those of VERSIONS are there
    platform.weight(tag) -> float                     percent of the requests that this version is to get
    platform.before() -> Before                       what is there now
    before.assert_nothing_changed()                   it is there again, and nothing else
    before.assert_nothing_written()                   nothing was even tried
    before.assert_served_as_before()                  the old version serves, after an upgrade that was taken back
    before.remember_canary()                          call it while the canary that will be promoted runs
    before.assert_promoted(tag, finished)             only this version is there, and it is what was judged
    platform.visitors() -> Visitors                   200 requests/s over all three services, `visitors` before the story begins
    platform.breach_visible                           seconds until the judge can see a bad canary that gets its weight

Versions: v1 and v2 are good, v3 answers 20 % with 500, v4 is slow, v5 says why and ends at its start, v6 runs as a canary
and never as the real thing.
"""
import json
import signal
import time

import pytest

from .running import ended

every_way = pytest.mark.every_way_to_deploy  # on platforms that have several

INTERVAL = 2  # seconds between two checks


def wait_for_weight(run, platform, tag: str, percent: float) -> float:
    """Until the canary is to get this share; the moment when it was seen."""
    run.wait_for(f"weight {percent}%", lambda: abs(platform.weight(tag) - percent) < 0.5)
    return time.monotonic()


def assert_never_weighed(finished):
    assert "authorised" not in finished.output, f"a weight was given:\n{finished.output}"


@every_way
def test_good_version_is_promoted_and_nobody_notices(platform, visitors):
    before = platform.before()
    run = platform.canary("v2", "--steps=10,25,50")
    wait_for_weight(run, platform, "v2", 10)
    before.remember_canary()
    finished = ended(run.wait(), 0, "PROMOTED", "v1 -> v2", "every service holds")
    before.assert_promoted("v2", finished)
    assert visitors.stop().failed == 0, visitors.seen()


@every_way
def test_version_with_errors_is_rolled_back(platform, visitors):
    before = platform.before()
    run = platform.canary("v3", "--canary-weight=20")
    run.wait_for("the weight to be applied", lambda: "weight 20% applied" in run.output())
    applied = time.monotonic()
    run.wait_for("weight 0", lambda: platform.weight("v3") == 0, 30)
    took = time.monotonic() - applied
    ended(run.wait(), 10, "ROLLBACK", "success, limit 95%")
    assert took < platform.breach_visible + INTERVAL + 2, f"weight 0 came {took:.1f} s after the weight was applied"
    before.assert_nothing_changed()
    ended(platform.verb("history"), 0, "v1 -> v3", "failed on evidence", "limit 95%")
    ended(platform.verb("logs"), 0, "cannot reach the basket store")
    seen = visitors.stop()
    assert seen.errors("v3") > 0 and seen.lost(but_for="v3") == 0, seen


def test_slow_version_is_rolled_back_and_the_limit_is_named(platform, visitors):
    before = platform.before()
    ended(platform.canary("v4", "--canary-weight=20").wait(), 10, "ROLLBACK", "p95", "limit 500 ms")
    before.assert_nothing_changed()
    assert visitors.stop().failed == 0, visitors.seen()


def test_one_bad_service_of_three_rolls_all_back(platform, visitors):
    platform.add("bad-one", {"coordinator-service": ["--error-percent=30"]})
    before = platform.before()
    ended(platform.canary("bad-one", "--canary-weight=20").wait(), 10, "ROLLBACK", "coordinator-service")
    before.assert_nothing_changed()
    assert visitors.stop().lost(but_for="bad-one") == 0, visitors.seen()


def test_no_traffic_before_is_refused(platform):
    before = platform.before()
    ended(platform.canary("v2").wait(), 6, "no requests", "--allow-idle")
    before.assert_nothing_changed()
    before.assert_nothing_written()


def test_traffic_that_stops_is_not_proved(platform, visitors):
    run = platform.canary("v2", "--canary-weight=20", "--canary-time=18s")
    wait_for_weight(run, platform, "v2", 20)
    visitors.watch(5)
    visitors.stop()
    ended(run.wait(), 11, "PAUSED", "not proved")
    ended(platform.verb("abort"), 20, "ABORTED")


def test_second_run_is_locked_out_and_told_by_whom(platform, visitors):
    first = platform.canary("v2", "--canary-weight=20")
    wait_for_weight(first, platform, "v2", 20)
    ended(platform.canary("v2").wait(), 5, "another rollout holds this release", "holder", "process")
    assert platform.weight("v2") == 20
    ended(first.wait(), 0, "PROMOTED")


def test_ctrl_c_takes_the_weight_back_at_once(platform, visitors):
    before = platform.before()
    run = platform.canary("v2", "--canary-weight=25")
    wait_for_weight(run, platform, "v2", 25)
    pressed = time.monotonic()
    run.signal(signal.SIGINT)
    run.wait_for("weight 0", lambda: platform.weight("v2") == 0, 10)
    assert time.monotonic() - pressed < 2
    ended(run.wait(), 20, "ABORTED", "weight 0%, canary removed")
    before.assert_nothing_changed()
    assert visitors.stop().failed == 0, visitors.seen()


def test_killed_run_leaves_the_traffic_and_can_be_cleaned_up(platform, visitors):
    before = platform.before()
    run = platform.canary("v2", "--canary-weight=25")
    wait_for_weight(run, platform, "v2", 25)
    run.signal(signal.SIGKILL)
    run.wait()
    seen = visitors.more(400)
    assert 15 < seen.share("v2") < 35 and seen.failed == 0, seen
    assert platform.weight("v2") == 25, "nobody may have touched the weight"
    status = json.loads(platform.verb("status", "-o", "json").stdout)
    assert (status["phase"], status["weightPercent"]) == ("progressing", 25.0), status
    ended(platform.verb("abort"), 20, "ABORTED")
    before.assert_nothing_changed()
    assert visitors.stop().failed == 0, visitors.seen()


def test_canary_that_crashes_at_start_never_gets_weight(platform, visitors):
    before = platform.before()
    finished = ended(platform.canary("v5", "--canary-weight=20").wait(), 10, "ROLLBACK", "exit code")
    assert finished.seconds < 30
    assert_never_weighed(finished)
    before.assert_nothing_changed()
    ended(platform.verb("logs"), 0, "schema version 7 expected")
    assert set(visitors.stop().versions()) == {"v1"}, visitors.seen()


@every_way
def test_upgrade_that_fails_is_taken_back(platform, visitors):
    before = platform.before()
    ended(platform.canary("v6", "--canary-weight=20").wait(), 13, "PROMOTION FAILED", "stable is as it was")
    before.assert_served_as_before()
    assert visitors.stop().failed == 0, visitors.seen()


def test_first_install_is_watched_without_a_baseline(bare_platform):
    run = bare_platform.canary("v1")
    run.wait_for("the release", lambda: "watching" in run.output())
    visitors = bare_platform.visitors()
    ended(run.wait(), 0, "PROMOTED", "no baseline")
    seen = visitors.stop()
    assert seen.failed == 0 and set(seen.versions()) == {"v1"}, seen
