"""People at the keyboard, and processes that die under it."""
import os
import signal
import time

from harness.programs import answers
from stories.running import ended
from stories.waiting import wait_until
from test_rollout import as_before, wait_for_weight


def kill_at_25(shop):
    """A run of v2 that is gone when a quarter of the requests are its."""
    run = shop.deploy("v2")
    wait_for_weight(run, shop, "v2", 25)
    run.signal(signal.SIGKILL)
    run.wait()


def test_killed_run_is_left_alone_and_nobody_waits_for_it(shop, visitors):
    kill_at_25(shop)
    assert shop("status", "shop", "-o", "json").json()["state"] == "left alone"
    ended(shop("status", "shop", "-w", timeout=20), 64, "nobody runs it", "kai-canary resume shop")
    ended(shop("abort", "shop"), 20, "ABORTED")
    as_before(shop)


def test_killed_run_can_go_on(shop, visitors):
    kill_at_25(shop)
    ended(shop("resume", "shop"), 0, "PROMOTED")
    assert visitors.stop().failed == 0
    as_before(shop, "v2")


def test_abort_of_a_run_that_goes_on_is_obeyed_by_its_owner(shop, visitors):
    run = shop.deploy("v2")
    wait_for_weight(run, shop, "v2", 25)
    ended(shop("abort", "shop"), 20, "ABORTED")
    ended(run.wait(), 20, "ABORTED")
    assert visitors.stop().failed == 0
    as_before(shop)


def test_pause_keeps_the_weight_and_resume_goes_on(shop, visitors):
    run = shop.deploy("v2")
    wait_for_weight(run, shop, "v2", 25)
    ended(shop("pause", "shop"), 0, "paused")
    ended(run.wait(), 11, "PAUSED", "kai-canary resume shop")
    assert shop.weight_of("v2") == 25
    ended(shop("resume", "shop"), 0, "PROMOTED")
    as_before(shop, "v2")


def test_canary_whose_processes_die_gets_no_more_requests(shop, visitors):
    run = shop.deploy("v2", "--canary-time=60s")
    wait_for_weight(run, shop, "v2", 25)
    died = time.monotonic()
    for pid in shop.pids_of("v2"):
        os.kill(pid, signal.SIGKILL)
    run.wait_for("weight 0", lambda: shop.weight_of("v2") == 0, 10)
    assert time.monotonic() - died < 2, f"weight 0 came {time.monotonic() - died:.1f} s after the processes died"
    finished = run.wait()
    assert finished.exit_code == 10, finished.output
    as_before(shop)


def test_what_is_known_of_releases_is_listed(shop, visitors):
    ended(shop.deploy("v3").wait(), 10)
    ended(shop("status", "shop"), 0, "local/shop: rolled back", "success, limit 95%")
    ended(shop("status"), 0, "local/shop: rolled back")
    ended(shop("list"), 0, "shop", "rolled back")
    ended(shop("history", "shop"), 0, "v1 -> v3", "limit 95%")
    ended(shop("releases"), 0, "shop", "v1")
    ended(shop("versions", "shop"), 0, "v1", "deployed")
    assert "no kubeconfig" in shop("status", "shop").stderr
    assert "no kubeconfig" not in shop("status", "shop", "--platform=local").stderr
    assert "no kubeconfig" not in shop("status", "kai.yaml").stderr
    ended(shop("status", "shop", KAI_PLATFORM="kubernetes"), 3, "no kubeconfig")


def test_first_version_that_nobody_uses_is_installed_and_says_so(make_shop):
    shop = make_shop()
    ended(shop.deploy("v1", "--interval=1s", "--final-bake=1s").wait(), 0, "PROMOTED", "no baseline", "nothing was judged")
    as_before(shop)


def test_first_version_that_is_aborted_stays_and_can_be_followed(make_shop):
    shop = make_shop()
    run = shop.deploy("v1")
    run.wait_for("it is watched", lambda: "watching the new release" in run.output())
    run.signal(signal.SIGINT)
    ended(run.wait(), 20, "ABORTED", "the first install is left as it is")
    as_before(shop)
    visitors = shop.visitors()
    visitors.more(20)
    ended(shop.deploy("v2").wait(), 0, "v1 -> v2")
    assert visitors.stop().failed == 0
    as_before(shop, "v2")


def test_first_version_that_failed_can_be_followed(make_shop):
    shop = make_shop()
    ended(shop.deploy("v5").wait(), 11, "the first install failed")
    ended(shop("abort", "shop"), 20, "ABORTED")
    shop.install()
    as_before(shop)


def test_rollback_returns_to_the_version_before(shop, visitors):
    ended(shop.deploy("v2").wait(), 0)
    ended(shop("rollback", "shop"), 0, "going back to the newest good revision", "ROLLED BACK")
    wait_until("v1 alone", lambda: shop.instances() == {"v1": 2})
    assert shop.weights() == {"v1": 100}
    assert visitors.stop().failed == 0, visitors.seen()


def test_rollback_starts_the_splitter_and_leaves_no_claim(shop):
    ended(shop.deploy("v2", "--allow-idle", "--on-inconclusive=promote").wait(), 0)
    os.kill(shop.splitter(), signal.SIGKILL)
    wait_until("the splitter is gone", lambda: not answers(shop.port))
    ended(shop("rollback", "shop"), 0, "ROLLED BACK")
    assert answers(shop.port) and shop.weights() == {"v1": 100}
    assert "holder" not in shop("status", "shop", "-o", "json").json()


def test_rollback_of_a_release_that_never_was_makes_none(make_shop):
    shop = make_shop()
    ended(shop("rollback", "shpo", "--platform=local"), 4, "cannot roll back")
    assert not (shop.state / "shpo").exists()


def test_a_release_that_cannot_be_read_hides_no_other(shop):
    (shop.state / "notes.txt").write_text("mine")
    (shop.state / "torn").mkdir()
    (shop.state / "torn" / "release.json").write_text("{")
    listed = ended(shop("releases", "-o", "json"), 0).json()["items"]
    assert [(row["name"], row["status"].split(":")[0]) for row in listed] == [("shop", "deployed"), ("torn", "unreadable")], listed


def test_rollback_that_is_killed_costs_nobody_a_request_and_can_be_made_again(shop, visitors):
    ended(shop.deploy("v2").wait(), 0)
    run = shop.start("rollback", "shop")
    run.wait_for("v1 starts", lambda: shop.pids_of("v1"))
    run.signal(signal.SIGKILL)
    run.wait()
    ended(shop("rollback", "shop", "1"), 0, "ROLLED BACK")
    assert visitors.stop().failed == 0, visitors.seen()
    as_before(shop)
