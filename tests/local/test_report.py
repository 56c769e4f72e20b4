"""The report of a rollout on real processes: what it says, and that today's judge gives every verdict once more."""
import json

from harness.shop import Shop
from stories.running import ended

SEQUENTIAL = ("--judge=sequential", "--warm-up=1s", "--canary-time=12s")


def lines_of(shop: Shop, name: str = "report.jsonl") -> list:
    return [json.loads(line) for line in (shop.folder / name).read_text().splitlines()]


def replayed(shop: Shop, name: str = "report.jsonl"):
    """The file is replayed; every verdict in it is the same."""
    finished = ended(shop("report", f"./{name}", "--replay", "-o", "json"), 0, "SAME: all")
    data = finished.json()
    frames = [line for line in lines_of(shop, name) if line["kind"] == "frame"]
    assert data["replay"]["same"] == len(frames) > 0, data["replay"]
    assert len(data["verdicts"]) == len(frames) and data["unread"] == []
    return data


def test_promoted_rollout_is_told_and_replayed(shop, visitors):
    run = ended(shop.deploy("v2", "--report=report.jsonl").wait(), 0, "PROMOTED")
    told = ended(shop("report", "report.jsonl"), 0, ": promoted", "v1 -> v2", "## Timeline", "## Verdicts", "threshold ok")
    assert run.stdout.strip() in told.stdout.replace("\\", ""), told.stdout
    data = replayed(shop)
    assert (data["end"], data["exitCode"], data["state"]) == ("promoted", 0, "promoted")
    assert data["verdicts"][-1]["verdict"]["outcome"] == "pass"


def test_rolled_back_rollout_is_replayed_and_a_changed_verdict_is_found(shop, visitors):
    ended(shop.deploy("v3", "--report=report.jsonl").wait(), 10, "ROLLBACK")
    data = replayed(shop)
    assert (data["end"], data["exitCode"]) == ("failed_on_evidence", 10)
    assert data["verdicts"][-1]["verdict"]["reason"] == "below_success_threshold"
    lines = lines_of(shop)
    last = max(number for number, line in enumerate(lines) if line["kind"] == "frame")
    lines[last]["frame"]["services"][0]["canary"]["errors"] = 0
    (shop.folder / "other.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    ended(shop("report", "other.jsonl", "--replay"), 7, "DIFFERENT", f"line {last + 1}")


def test_sequential_judge_is_replayed_to_the_bit(shop, visitors):
    ended(shop.deploy("v3", "--report=bad.jsonl", *SEQUENTIAL).wait(), 10, "ROLLBACK")
    data = replayed(shop, "bad.jsonl")
    assert data["verdicts"][-1]["verdict"]["sequential"]["lnEvidence"] > 0
    ended(shop.deploy("v2", "--report=good.jsonl", *SEQUENTIAL).wait(), 0, "PROMOTED")
    replayed(shop, "good.jsonl")


def test_report_goes_on_after_a_crash(shop, visitors):
    """The process that judged is killed; who goes on appends to its report, from the evidence that was saved."""
    run = shop.deploy("v2", "--report=report.jsonl", "--judge=sequential", "--warm-up=1s", "--canary-time=30s")
    run.wait_for("three verdicts", lambda: (shop.folder / "report.jsonl").exists()
                 and (shop.folder / "report.jsonl").read_text().count('"kind":"frame"') >= 3)
    run.process.kill()
    run.process.wait()
    with (shop.folder / "report.jsonl").open("a") as file:
        file.write('{"kind":"frame","at":"20')  # as a crash may leave it
    ended(shop("report", "report.jsonl"), 0, "could not be read", ": no end")
    ended(shop("resume", "shop", "--platform=local", "--report=report.jsonl"), 0, "PROMOTED")
    finished = ended(shop("report", "report.jsonl", "--replay", "-o", "json"), 8, "NOT WHOLE")
    data = finished.json()
    assert len(data["judges"]) == 2 and data["judges"][1]["frames"] > 0, data["judges"]
    assert data["replay"]["unchecked"] == 1 and data["replay"]["same"] == len(data["verdicts"])


def test_file_of_something_else_is_refused_before_anything_starts(shop, visitors):
    (shop.folder / "report.jsonl").write_text("mine\n")
    ended(shop.deploy("v2", "--report=report.jsonl").wait(), 2, "holds something already")
    assert (shop.folder / "report.jsonl").read_text() == "mine\n"
    assert shop.instances() == {"v1": 2}
    ended(shop("report", "report.jsonl"), 2, "is no report of a rollout")
    ended(shop("report", "nothing.jsonl"), 2, "nothing.jsonl")


def test_without_a_file_the_stored_end_is_told(shop, visitors):
    ended(shop.deploy("v3").wait(), 10)
    told = ended(shop("report", "shop", "--platform=local"), 0, ": failed on evidence", "ROLLBACK", "--report=FILE")
    assert "cannot reach the basket store" in told.stdout
    ended(shop("report", "shop", "--platform=local", "--replay"), 2, "--replay needs the file")
    ended(shop("report", "nobody", "--platform=local"), 2, "neither a rollout's id nor a release")
