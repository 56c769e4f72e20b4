"""What is shipped in helm-charts/, looked at without a cluster."""
import json
import os
import re
import subprocess

import pytest

from bed import paths

CHART = paths.CHECKOUT / "helm-charts" / "kai"
WRAPPER = paths.CHECKOUT / "helm-charts" / "helm-deploy.sh"


def canary_schema_of(key: str):
    """The part of the chart's schema for `canary.<key>`, or None."""
    node = json.loads((CHART / "values.schema.json").read_text())["properties"]["canary"]
    for part in key.split("."):
        node = node.get("properties", {}).get(part)
        if node is None:
            return None
    return node


def option_keys() -> dict:
    """Configuration keys of the program's own table of options, and whether a chart may say them."""
    table = (paths.CHECKOUT / "src" / "core" / "plan" / "options.cc").read_text()
    row = re.compile(r'\{"[a-z0-9-]+", Kind::\w+, \w+, "[^"]*", "[^"]*", "(?:[^"\\]|\\.)*", "([A-Za-z.]+)"(.*)')
    return {key: not rest.endswith(", false, true},") for key, rest in row.findall(table)}


def test_schema_knows_every_key_that_a_chart_may_say_and_no_other():
    keys = option_keys()
    assert len(keys) > 20, "the table has another form now"
    assert not keys["allowExecPlugins"], "the table has another form now"
    assert {key: canary_schema_of(key) is not None for key in keys} == keys


@pytest.fixture
def program(tmp_path):
    """In place of kai-canary: prints how it was called, one argument a line."""
    script = tmp_path / "kai-canary"
    script.write_text('#!/bin/sh\nfor argument; do echo "$argument"; done\necho "chart=$KAI_CANARY_CHART"\nexit 13\n')
    script.chmod(0o755)
    return script


def wrapper(*arguments, **environment) -> subprocess.CompletedProcess:
    base = {"PATH": "/usr/bin:/bin"}
    return subprocess.run([WRAPPER, *arguments], env={**base, **environment}, cwd="/", check=False, capture_output=True, text=True)


def test_wrapper_hands_over_every_argument_and_the_exit_code(program):
    finished = wrapper("--canary", "--set=a=b c", "", KAI_CANARY=str(program))
    assert finished.stdout.split("\n")[:4] == ["helm-deploy", "--canary", "--set=a=b c", ""]
    assert finished.stdout.split("\n")[4] == f"chart={CHART}"
    assert finished.returncode == 13


def test_wrapper_leaves_a_chart_that_was_chosen(program):
    assert "chart=/elsewhere" in wrapper(KAI_CANARY=str(program), KAI_CANARY_CHART="/elsewhere").stdout


def test_wrapper_says_what_to_do_without_a_program():
    finished = wrapper(KAI_CANARY="/no/such/program")
    assert finished.returncode == 127
    assert "/no/such/program" in finished.stderr and "make build" in finished.stderr


def test_wrapper_is_posix_shell():
    assert WRAPPER.read_text().startswith("#!/bin/sh\n") and os.access(WRAPPER, os.X_OK)
    subprocess.run(["sh", "-n", WRAPPER], check=True)


@pytest.mark.parametrize("helm_name", ["helm", "helm3"])
@pytest.mark.parametrize("environment", ["staging", "production"])
def test_chart_renders_for_each_environment_with_one_tag_for_all(helm_program, environment):
    rendered = subprocess.run([helm_program, "template", "kai", CHART, "-f", CHART / f"values-{environment}.yaml",
                               "--set", "global.image.tag=v1.2.3"], check=True, capture_output=True, text=True).stdout
    images = re.findall(r'image: "?([^"\s]+)', rendered)
    assert sorted(images) == [f"registry.example.com/{name}:v1.2.3" for name in ("api-server", "coordinator-service", "mobile-optimization")]


@pytest.mark.parametrize("wrong", ["canary.wieght=3", "canary.weight=0", "canary.weight=101", "canary.analysis.threshold.success=120",
                                   "services.api-server.replicas=-1", "canary.policy.onFail=perhaps"])
def test_schema_refuses_wrong_values(wrong, helm_program):
    command = [helm_program, "template", "kai", CHART, "--set", wrong]
    finished = subprocess.run(command, check=False, capture_output=True, text=True)
    assert finished.returncode != 0 and "values don't meet" in finished.stderr, finished.stderr
