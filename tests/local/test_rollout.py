"""From the command line to the end: a good version is promoted, a bad one is gone, and no user pays for either."""
import json
import os
import signal
import time

from harness.programs import answers, wait_until
from harness.shop import Finished, Shop
from harness.visitors import Visitors

INTERVAL = 2  # seconds, of the service file


def ended(finished: Finished, code: int, *words: str) -> Finished:
    assert finished.exit_code == code, f"exit {finished.exit_code}, wanted {code}\n{finished.output}"
    for word in words:
        assert word in finished.output, f"'{word}' is not in:\n{finished.output}"
    return finished


def as_before(shop: Shop, tag: str = "v1"):
    """Only the old version is there, in full, and gets everything."""
    assert shop.weights() == {tag: 100}
    assert shop.instances() == {tag: 2}


def wait_for_weight(run, shop: Shop, tag: str, percent: float) -> float:
    run.wait_for(f"{percent}% for {tag}", lambda: abs(shop.weight_of(tag) - percent) < 0.01)
    return time.time()


def test_first_version_is_installed_and_served(make_shop):
    shop = make_shop()
    run = shop.deploy("v1")
    run.wait_for("users are answered", lambda: answers(shop.port))
    visitors = Visitors(shop.port, shop.folder / "visitors.jsonl")
    ended(run.wait(), 0, "v1")
    seen = visitors.stop()
    assert seen.failed() == 0 and set(seen.versions()) == {"v1"}, seen
    as_before(shop)


def test_first_version_that_crashes_leaves_nothing(make_shop):
    shop = make_shop()
    ended(shop.deploy("crashes").wait(), 11, "PAUSED", "the first install failed", "schema version 7 expected")
    assert shop.instances() == {}


def test_good_version_is_promoted_without_a_lost_request(shop, visitors):
    run = shop.deploy("v2", "--steps=10,25,50", "--canary-time=12s")
    applied = wait_for_weight(run, shop, "v2", 25)
    run.wait_for("the next step", lambda: shop.weight_of("v2") > 25)
    # From a moment after the change to a moment before the next one.
    share = visitors.seen_between(applied + 0.2, time.time() - 0.2).share("v2")
    assert 20 < share < 30, f"{share:.1f}% of the answers were v2's at 25 %"
    ended(run.wait(), 0, "PROMOTED", "v1 -> v2", "every service holds")
    assert visitors.stop().failed() == 0, visitors.seen()
    as_before(shop, "v2")


def test_version_with_errors_is_rolled_back_within_an_interval(shop, visitors):
    run = shop.deploy("v3")
    wait_for_weight(run, shop, "v3", 25)
    began = time.monotonic()
    run.wait_for("weight 0", lambda: shop.weight_of("v3") == 0)
    # Three looks at the counters, one a second, are a check's least; from there one interval and 2 s.
    assert time.monotonic() - began < INTERVAL + 2 + 1, f"weight 0 came {time.monotonic() - began:.1f} s after the weight was applied"
    ended(run.wait(), 10, "ROLLBACK", "success, limit 95%")
    seen = visitors.stop()
    assert seen.errors("v3") > 0 and seen.failed(but_for="v3") == 0, seen
    as_before(shop)
    logs = ended(shop("logs", "shop", "--platform=local"), 0)
    assert "cannot reach the basket store" in logs.stdout, logs.output


def test_slow_version_is_rolled_back_and_the_limit_is_named(shop, visitors):
    ended(shop.deploy("v4").wait(), 10, "ROLLBACK", "p95", "limit 500 ms")
    assert visitors.stop().failed() == 0
    as_before(shop)


def test_version_that_crashes_at_its_start_gets_no_request(shop, visitors):
    finished = ended(shop.deploy("crashes").wait(), 10, "ROLLBACK")
    assert "applied" not in finished.stderr, finished.stderr
    assert set(visitors.stop().versions()) == {"v1"}
    as_before(shop)
    logs = shop("logs", "shop", "--platform=local")
    assert "schema version 7 expected" in logs.stdout, logs.output


def test_version_that_never_gets_healthy_gets_no_request(make_shop):
    shop = make_shop(health_within="3s")
    shop.install()
    visitors = Visitors(shop.port, shop.folder / "visitors.jsonl")
    ended(shop.deploy("unhealthy", "--ready-timeout=5s").wait(), 10, "ROLLBACK")
    seen = visitors.stop()
    assert seen.failed() == 0 and set(seen.versions()) == {"v1"}, seen
    as_before(shop)


def test_without_traffic_nothing_can_be_measured(shop):
    # It counts from its start, and the next command starts it again.
    os.kill(shop.splitter(), signal.SIGKILL)
    wait_until("the splitter's end", lambda: not answers(shop.port))
    ended(shop.deploy("v2").wait(), 6, "no requests", "--allow-idle")
    as_before(shop)


def test_new_version_that_crashes_when_it_is_promoted_leaves_the_old_one(shop, visitors):
    # Its third process is the first that the promotion starts: the canary itself has two at most.
    program = shop.folder / "releases" / "v2" / "api-server"
    text = program.read_text().replace("exec ", f"""
if [ -e "{shop.folder}/promoting" ]; then exit 3; fi
exec """)
    program.write_text(text)
    run = shop.deploy("v2", "--canary-weight=50")
    run.wait_for("the last check", lambda: "giving the weight back" in run.output())
    (shop.folder / "promoting").touch()
    ended(run.wait(), 13, "PROMOTION FAILED", "stable is as it was")
    assert visitors.stop().failed() == 0, visitors.seen()
    as_before(shop)


def test_events_and_data_have_the_shapes_of_the_other_platform(shop, visitors):
    finished = ended(shop.deploy("v2", "--events=events.jsonl", "-o", "json").wait(), 0)
    assert finished.json()["kind"] == "RolloutResult" and finished.json()["end"] == "promoted"
    events = [json.loads(line) for line in (shop.folder / "events.jsonl").read_text().splitlines()]
    assert {"phase", "weight", "verdict"} <= {event["kind"] for event in events}, events


def test_a_plan_says_what_would_happen_and_changes_nothing(shop, visitors):
    before = sorted(path.name for path in shop.state.rglob("*"))
    planned = ended(shop("plan", "kai.yaml", "--tag=v2"), 0, "a rollout could start", "v1 -> v2")
    assert "25%" in planned.stdout
    assert sorted(path.name for path in shop.state.rglob("*")) == before
    as_before(shop)
    wait_until("still all of v1", lambda: set(visitors.more(20).versions()) == {"v1"})
