"""What is refused before anything is started."""
import socket

from harness.programs import processes_in
from stories.running import ended
from test_rollout import as_before

MISTAKES = """\
relaese: shop
services:
- name: Api
  listen: 8080
  run: ./api --port={port}
  instances: 0
  helth: {}
canary: {wieght: 10}
"""


def test_every_mistake_of_a_service_file_is_told_with_its_line(make_shop):
    shop = make_shop()
    shop.file.write_text(MISTAKES)
    finished = ended(shop.deploy("v2", "--context=prod", "--helm-timeout=5m").wait(), 2)
    for told in ("kai.yaml:1: relaese: no such key; did you mean release?", "kai.yaml:1: release: is missing",
                 "kai.yaml:3: services[0].name: 'Api'", "kai.yaml:4: services[0].listen: ", "kai.yaml:5: services[0].run: ",
                 "kai.yaml:6: services[0].instances: ", "kai.yaml:7: services[0].helth: no such key; did you mean health?",
                 "kai.yaml:8: canary.wieght: no such key; did you mean weight?", "--context: has no meaning on one machine",
                 "--helm-timeout: has no meaning on one machine"):
        assert told in finished.stderr, f"'{told}' is not in:\n{finished.stderr}"
    assert finished.stdout == "" and processes_in(shop.folder) == {} and not shop.state.exists()


def test_a_file_that_is_not_there_or_is_none_is_a_mistake(make_shop):
    shop = make_shop()
    ended(shop("deploy", "none.yaml", "--tag=v1"), 2, "none.yaml: there is no such file")
    shop.file.write_text("release: [\n")
    ended(shop.deploy("v1").wait(), 2, "kai.yaml: ")
    ended(shop("deploy", "--platform=local", "--tag=v1"), 2, "needs its service file")
    ended(shop("deploy", "kai.yaml", "--platform=kubernetes", "--tag=v1"), 2)


def test_the_version_that_serves_is_no_canary(shop):
    ended(shop.deploy("v1").wait(), 4, "v1")
    as_before(shop)


def test_a_version_without_its_program_is_refused_by_name(shop):
    finished = ended(shop.deploy("v9").wait(), 4, "releases/v9/api-server")
    assert "ROLLBACK" not in finished.output
    as_before(shop)


def test_a_plan_of_files_alone_starts_nothing(make_shop):
    shop = make_shop()
    ended(shop("plan", "kai.yaml", "--tag=v1", "--dry-run=client"), 0, "make a plan", "this machine was not asked")
    ended(shop("config", "validate", "--file=kai.yaml"), 0, "no mistake was found")
    assert not shop.state.exists() and processes_in(shop.folder) == {}


def test_a_folder_for_state_that_is_too_deep_for_a_socket_says_so(make_shop):
    shop = make_shop()
    ended(shop.deploy("v1", "--state-dir=" + str(shop.folder / ("x" * 100))).wait(), 3, "control socket", "--state-dir")


def test_an_address_on_which_somebody_listens_is_refused_before_anything_starts(make_shop):
    shop = make_shop()
    with socket.create_server(("127.0.0.1", shop.port)):
        for verb in ("plan", "deploy"):
            ended(shop(verb, "kai.yaml", "--tag=v1"), 4, "local-listen", f"cannot listen on 127.0.0.1:{shop.port}: Address already in use")
        assert processes_in(shop.folder) == {}
    shop.install()
    as_before(shop)
