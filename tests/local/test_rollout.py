"""From the command line to the end, where test_stories.py does not look."""
import json

from harness.shop import Shop
from stories.running import ended
from stories.waiting import wait_until


def as_before(shop: Shop, tag: str = "v1"):
    """Only the old version is there, in full, and gets everything."""
    assert shop.weights() == {tag: 100}
    assert shop.instances() == {tag: 2}


def wait_for_weight(run, shop: Shop, tag: str, percent: float):
    run.wait_for(f"{percent}% for {tag}", lambda: abs(shop.weight_of(tag) - percent) < 0.01)


def test_first_version_that_crashes_leaves_nothing(make_shop):
    shop = make_shop()
    ended(shop.deploy("v5").wait(), 11, "PAUSED", "the first install failed", "schema version 7 expected")
    assert shop.instances() == {}


def test_version_that_never_gets_healthy_gets_no_request(make_shop):
    shop = make_shop(health_within="3s")
    shop.install()
    visitors = shop.visitors()
    ended(shop.deploy("unhealthy", "--ready-timeout=5s").wait(), 10, "ROLLBACK")
    seen = visitors.stop()
    assert seen.failed == 0 and set(seen.versions()) == {"v1"}, seen
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
    judged = ended(shop("plan", "kai.yaml", "--tag=v2", "--judge=sequential"), 0, "a rollout could start")
    assert "api-server: its traffic is not known, and so is what can be found" in judged.stdout
    assert sorted(path.name for path in shop.state.rglob("*")) == before
    as_before(shop)
    wait_until("still all of v1", lambda: set(visitors.more(20).versions()) == {"v1"})
