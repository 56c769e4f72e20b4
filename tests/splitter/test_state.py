"""What was acknowledged outlives the process; what cannot be kept is refused or said."""
import random
import shutil
import subprocess
import threading

import pytest
from harness.control import Control
from harness.program import Splitter, backend, program_path, route, wait_until

ALL = 1_000_000


@pytest.fixture
def shop(make_splitter, recorder):
    """Stable and canary at the same address, since nobody asks them anything."""
    return make_splitter([backend("stable", recorder.port), backend("canary", recorder.port, "canary")],
                         [route({"canary": 0, "stable": ALL})])


def weights(ppm: int) -> dict:
    return {"canary": ppm, "stable": ALL - ppm}


def restart(splitter: Splitter) -> Control:
    splitter.stop()
    splitter.log.write_text("")
    splitter.start()
    return Control(splitter.control)


def canary_ppm(control: Control) -> int:
    shares = control.call("GET", "/v1/snapshot")[1]["routes"][0]["split"]["weights_ppm"]
    return next(share["ppm"] for share in shares if share["backend"] == "canary")


def test_what_was_acknowledged_outlives_a_kill(shop):
    control = Control(shop.control)
    for ppm in [100_000, 500_000, 0, 30_000, 20_000]:
        answer = control.split(weights(ppm))
        assert answer["durable"]
        control = restart(shop)
        assert control.generation == answer["generation"]
        assert canary_ppm(control) == ppm


def test_a_kill_at_any_moment_leaves_one_of_the_last_two(shop):
    chance = random.Random(1)
    for _ in range(12):
        control = Control(shop.control)
        acknowledged, sent = {control.generation: canary_ppm(control)}, {}

        def change_until_killed():
            try:
                while True:
                    ppm = chance.randrange(ALL)
                    sent.clear()
                    sent[control.generation + 1] = ppm
                    control.split(weights(ppm))
                    acknowledged[control.generation] = ppm
            except (OSError, ValueError):  # in mid-answer
                pass

        changes = threading.Thread(target=change_until_killed)
        changes.start()
        wait_until(lambda: len(acknowledged) > 3 + chance.randrange(5), "changes")
        shop.stop()
        changes.join()
        last = max(acknowledged)
        after = restart(shop)
        found = canary_ppm(after)
        assert (after.generation, found) in {(last, acknowledged[last]), *sent.items()}


def test_without_a_disk_a_canary_is_lowered_and_never_raised(shop, tmp_path):
    control = Control(shop.control)
    control.split(weights(300_000))
    state, away = tmp_path / "state", tmp_path / "away"
    state.rename(away)
    lowered = control.split(weights(100_000))
    assert not lowered["durable"] and canary_ppm(control) == 100_000
    status, refused = control.call("PUT", "/v1/routes/shop/split", {
        "writer_epoch": 1, "base_generation": control.generation,
        "weights_ppm": [{"backend": "canary", "ppm": 200_000}, {"backend": "stable", "ppm": 800_000}]})
    assert (status, refused["error"]["code"]) == (503, "not_saved")
    assert canary_ppm(control) == 100_000
    closed = control.split(states={"canary": "closed"})
    assert not closed["durable"]
    away.rename(state)
    wait_until(lambda: control.status()["durable"], "saving again")
    assert restart(shop).generation == closed["generation"]


def test_what_no_disk_took_is_saved_at_a_clean_end(shop, tmp_path):
    control = Control(shop.control)
    control.split(weights(300_000))
    state, away = tmp_path / "state", tmp_path / "away"
    state.rename(away)
    assert not control.split(weights(100_000))["durable"]
    away.rename(state)
    shop.terminate()
    assert shop.wait() == 0
    assert canary_ppm(restart(shop)) == 100_000


@pytest.mark.parametrize("damage", [b"", b"garbage", b"KAISPLIT" + bytes(60)])
def test_a_lost_state_sends_everything_to_stable(shop, tmp_path, damage):
    control = Control(shop.control)
    control.split(weights(100_000))
    shop.stop()
    for slot in (tmp_path / "state").iterdir():
        slot.write_bytes(damage)
    control = restart(shop)
    states = {each["id"]: each["state"] for each in control.call("GET", "/v1/snapshot")[1]["backends"]}
    assert states == {"stable": "active", "canary": "closed"}
    assert canary_ppm(control) == 0
    assert "damaged state" in shop.log.read_text()


def test_a_file_with_a_higher_generation_is_used(shop):
    control = Control(shop.control)
    control.split(weights(100_000))
    assert control.generation == 2
    shop.configuration["snapshot"]["generation"] = 2
    assert canary_ppm(restart(shop)) == 0, "the file is as new as what was kept"
    control = Control(shop.control)
    control.split(weights(200_000))
    assert canary_ppm(restart(shop)) == 200_000, "what was kept is newer than the file"


def test_a_second_program_leaves_the_first_alone(shop):
    state = shop.configuration["state_dir"]
    for own_state, reason in [(state, b"another process holds"), (state + "-2", b"another process listens there")]:
        shop.configuration["state_dir"] = own_state
        second = subprocess.run([program_path(), "--config", str(shop.write())], capture_output=True, timeout=20, check=False)
        assert second.returncode != 0
        assert reason in second.stderr
    assert Control(shop.control).generation == 1


def test_a_state_directory_that_others_may_write_to_is_refused(shop, tmp_path):
    shop.stop()
    (tmp_path / "state").chmod(0o777)
    refused = subprocess.run([program_path(), "--config", str(shop.write())], capture_output=True, timeout=20, check=False)
    assert refused.returncode != 0
    assert b"nobody else may write to it" in refused.stderr


def test_the_state_directory_is_made_for_us_alone(shop, tmp_path):
    shop.stop()
    shutil.rmtree(tmp_path / "state")
    shop.log.write_text("")
    shop.start()
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    wait_until(lambda: any((tmp_path / "state").iterdir()), "the first save")
    assert all(slot.stat().st_mode & 0o777 == 0o600 for slot in (tmp_path / "state").iterdir())
