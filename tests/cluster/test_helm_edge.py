"""The Helm edge against real Helm and a real API server: plan, upgrade, way back, and what it refuses.

Drives `helm_edge_contract` (src/edges/helm), a chart of two Deployments, one namespace per test.
"""
import base64
import gzip
import json
import os
import pathlib
import subprocess

import pytest
from bed import images, paths, processes
from harness.release import helm_environment

IMAGE = f"{images.REGISTRY}/api-server"

CHART = """\
apiVersion: v2
name: tiny
version: 0.1.0
appVersion: "1"
"""

VALUES = """\
image: {tag: v1}
side: {image: {tag: v1}}
greeting: hello
replicas: 1
canary: {weight: 5, services: [web]}
"""

TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: greeting}
data: {greeting: {{ .Values.greeting | quote }}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
{{- range $name, $tag := dict "web" .Values.image.tag "side" .Values.side.image.tag }}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ $name }}}
spec:
  replicas: {{ $.Values.replicas }}
  selector: {matchLabels: {app: {{ $name }}}}
  template:
    metadata: {labels: {app: {{ $name }}}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: c, image: "IMAGE:{{ $tag }}", envFrom: [{configMapRef: {name: greeting}}]}]
{{- end }}
""".replace("IMAGE", IMAGE)


class Edge:
    """A release `kai` of the tiny chart, and the edge under test with a Helm of its own choice."""

    def __init__(self, namespace, folder: pathlib.Path):
        self.namespace = namespace
        self.folder = folder
        self.chart = folder / "tiny"
        (self.chart / "templates").mkdir(parents=True)
        (self.chart / "Chart.yaml").write_text(CHART)
        (self.chart / "values.yaml").write_text(VALUES)
        self.template.write_text(TEMPLATE)
        self.program = paths.built_program("helm_edge_contract", "KAI_HELM_EDGE_CONTRACT")
        self.plan_file = folder / "plan.json"

    @property
    def template(self) -> pathlib.Path:
        return self.chart / "templates" / "all.yaml"

    def run(self, *command, helm: str = "helm", check=True) -> subprocess.CompletedProcess:
        environment = {**os.environ, **helm_environment(self.namespace, helm)}
        words = [str(word) for word in self.namespace.bed.control_plane.command(*command)]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120)
        assert not check or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done

    def install(self, helm: str = "helm", *more):
        self.run("helm", "install", "kai", self.chart, "-n", self.namespace.name, "--wait", "--timeout=60s", *more, helm=helm)

    def ask(self, verb: str, *arguments, helm: str = "helm"):
        done = self.run(self.program, verb, f"namespace={self.namespace.name}", f"plan={self.plan_file}", *arguments, helm=helm)
        return json.loads(done.stdout)

    def plan(self, tag: str, *more, helm: str = "helm") -> dict:
        plan = self.ask("plan", f"chart={self.chart}", f"tag={tag}", "tag-key=image.tag", "service=web", *more, helm=helm)
        self.plan_file.write_text(json.dumps(plan.get("data")))
        return plan

    def image(self, workload: str = "web") -> str:
        return self.namespace.get("deployment", workload)["spec"]["template"]["spec"]["containers"][0]["image"]


@pytest.fixture
def edge(namespace, tmp_path):
    return Edge(namespace, tmp_path)


def blocking(plan: dict) -> dict:
    """Message by check of what speaks against it."""
    return {finding["check"]: finding["message"] for finding in plan["findings"] if finding["blocks"]}


# Which Helm made the release, and which one we use: server-side apply, a three-way release under Helm 4, Helm 3.
PAIRS = pytest.mark.parametrize("installed, used", [("helm", "helm"), ("helm3", "helm"), ("helm3", "helm3")], ids=["ssa", "csa", "helm3"])


@PAIRS
def test_good_upgrade_is_ours_and_can_be_reverted(edge, installed, used):
    edge.install(installed)
    plan = edge.plan("v2", helm=used)
    assert blocking(plan) == {}
    assert (plan["start_revision"], plan["stable_version"], plan["canary_version"]) == (1, "v1", "v2")
    assert any(f"{IMAGE}:v1 -> {IMAGE}:v2" in line for line in plan["lines"])
    assert edge.image() == f"{IMAGE}:v1", "a plan changes nothing"
    assert edge.ask("observe", helm=used)["state"] == "as_started"

    done = edge.ask("upgrade", "rollout=r1", helm=used)
    assert "error" not in done
    assert done["during"]["helm"] == "running"
    assert (done["after"]["state"], done["after"]["helm"]) == ("upgraded", "succeeded")
    assert edge.image() == f"{IMAGE}:v2"
    assert edge.ask("observe", "rollout=another", helm=used)["state"] == "superseded"

    assert edge.ask("revert", "rollout=r1", helm=used)["after"]["state"] == "reverted"
    assert edge.image() == f"{IMAGE}:v1"


@PAIRS
def test_stopped_upgrade_is_rolled_back_by_helm_within_seconds(edge, installed, used):
    edge.install(installed)
    edge.plan("not-there", "timeout=60", helm=used)
    done = edge.ask("stop_upgrade", "after=2", helm=used)
    assert done["seconds"] < 10
    assert "has been rolled back" in done["error"]
    assert (done["after"]["state"], done["after"]["helm"]) == ("reverted", "failed")
    assert edge.image() == f"{IMAGE}:v1"
    assert [row["status"] for row in edge.ask("versions")] == ["superseded", "failed", "deployed"]


def test_time_out_is_rolled_back_and_the_next_rollout_starts_from_there(edge):
    edge.install()
    edge.plan("not-there", "timeout=5")
    assert edge.ask("upgrade")["after"]["state"] == "reverted"
    plan = edge.plan("v2")
    assert blocking(plan) == {}
    assert plan["start_revision"] == 3
    assert edge.ask("upgrade")["after"]["state"] == "upgraded"


def test_upgrade_of_somebody_else_stops_ours(edge):
    edge.install()
    edge.plan("v2")
    edge.run("helm", "upgrade", "kai", edge.chart, "-n", edge.namespace.name, "--set", "greeting=other", "--wait")
    assert edge.ask("observe")["state"] == "superseded"
    done = edge.ask("upgrade")
    assert done["error"] == "the release was changed by someone else: its newest revision is 2, at the start it was 1"
    assert edge.image() == f"{IMAGE}:v1"


def test_what_was_judged_is_promoted_whatever_the_files_say_meanwhile(edge):
    edge.install()
    values = edge.folder / "more.yaml"
    values.write_text("greeting: judged\n")
    edge.plan("v2", f"values={values}")
    values.write_text("greeting: changed\n")
    edge.template.write_text("{{ fail \"changed chart\" }}")
    assert edge.ask("upgrade")["after"]["state"] == "upgraded"
    assert edge.namespace.get("configmap", "greeting")["data"]["greeting"] == "judged"


def test_render_that_changed_is_not_promoted(edge):
    edge.namespace.kubectl("create", "configmap", "outside", "--from-literal=a=1")
    edge.template.write_text(TEMPLATE.replace("{{ .Values.greeting | quote }}",
                                              '{{ (lookup "v1" "ConfigMap" .Release.Namespace "outside").data.a | quote }}')
                             .replace("{{ (lookup", "{{ if (lookup \"v1\" \"ConfigMap\" .Release.Namespace \"outside\") }}{{ (lookup")
                             .replace(".data.a | quote }}", ".data.a | quote }}{{ end }}"))
    edge.install()
    edge.plan("v2")
    edge.namespace.kubectl("patch", "configmap", "outside", "-p", '{"data":{"a":"2"}}')
    assert "render to something else now" in edge.ask("upgrade")["error"]
    assert edge.image() == f"{IMAGE}:v1"


def test_foreign_owner_of_a_field_is_found_before_the_promotion(edge):
    edge.install()
    scaled = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": edge.namespace.name}, "spec": {"replicas": 2}}
    file = edge.folder / "scaled.json"
    file.write_text(json.dumps(scaled))
    edge.namespace.kubectl("apply", "--server-side", "--field-manager=autoscaler", "--force-conflicts", "-f", str(file))
    refused = blocking(edge.plan("v2"))
    assert list(refused) == ["P8"]
    assert 'conflict with "autoscaler"' in refused["P8"]
    assert ".spec.replicas" in refused["P8"]


def test_immutable_field_is_found_before_the_promotion(edge):
    edge.install("helm3")
    edge.template.write_text(TEMPLATE.replace("{app: {{ $name }}}}\n  template", "{app: {{ $name }}, more: x}}\n  template")
                             .replace("labels: {app: {{ $name }}}}\n    spec", "labels: {app: {{ $name }}, more: x}}\n    spec"))
    refused = blocking(edge.plan("v2"))
    assert "field is immutable" in refused["P8"]


def test_tag_that_does_not_arrive_is_refused_with_the_path_that_would_do(edge):
    edge.install()
    plan = edge.plan("v2", "service=side")
    missed = [finding for finding in plan["findings"] if finding["check"] == "P10"]
    assert len(missed) == 1
    assert "Deployment.apps" in missed[0]["message"] and "/side" in missed[0]["message"]
    assert missed[0]["remedy"] == "add --tag-key=side.image.tag"


def test_nothing_to_canary(edge):
    edge.install()
    assert "runs already what would be installed" in blocking(edge.plan("v1"))["P9"]
    assert "no pod template" in blocking(edge.plan("v1", "set=replicas=2"))["P9"]


def test_chart_that_renders_differently_each_time(edge):
    edge.install()
    edge.template.write_text(TEMPLATE.replace("metadata: {labels: {app: {{ $name }}}}\n    spec",
                                              "metadata: {labels: {app: {{ $name }}}, annotations: {roll: {{ randAlphaNum 8 }}}}\n    spec"))
    assert "differently each time at /spec/template/metadata/annotations/roll" in blocking(edge.plan("v2"))["render"]
    assert blocking(edge.plan("v2", "allow-nondeterministic=true")) == {}
    assert edge.ask("upgrade")["after"]["state"] == "upgraded"


def test_template_error_is_shown_in_helms_words(edge):
    edge.install()
    edge.template.write_text("{{ fail \"no such\\tsetting\" }}")
    refused = blocking(edge.plan("v2"))
    assert "tiny/templates/all.yaml:1:3" in refused["render"]
    assert "no such" in refused["render"]


def test_missing_values_file_of_the_environment_is_named(edge):
    edge.install()
    refused = blocking(edge.plan("v2", "env=production"))
    assert f"there is no values file '{edge.chart}/values-production.yaml'" in refused["inputs"]


def test_locked_release_is_refused_and_left_alone(edge):
    edge.install()
    name = "sh.helm.release.v1.kai.v1"
    secret = edge.namespace.get("secret", name)
    payload = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    payload["version"], payload["info"]["status"], payload["info"]["description"] = 2, "pending-upgrade", "Preparing upgrade"
    data = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(payload).encode()))).decode()
    labels = {**secret["metadata"]["labels"], "version": "2", "status": "deployed"}  # the label is no evidence
    pending = {"apiVersion": "v1", "kind": "Secret", "type": secret["type"], "metadata": {"name": name.replace("v1.kai.v1", "v1.kai.v2"), "labels": labels},
               "data": {"release": data}}
    file = edge.folder / "pending.json"
    file.write_text(json.dumps(pending))
    edge.namespace.kubectl("create", "-f", str(file))
    plan = edge.plan("v2")
    assert "is locked: revision 2 is pending-upgrade" in blocking(plan)["P3"]
    assert f"helm rollback kai 1 -n {edge.namespace.name}" in plan["findings"][0]["remedy"]


def test_first_install_and_its_failure(edge):
    plan = edge.plan("v1")
    assert plan["first_install"] and blocking(plan) == {}
    assert edge.ask("observe")["state"] == "absent"
    assert edge.ask("upgrade")["after"]["state"] == "upgraded"
    assert edge.image() == f"{IMAGE}:v1"


def test_failed_first_install_is_left_for_a_person(edge):
    edge.plan("not-there", "timeout=3")
    done = edge.ask("upgrade")
    assert "error" in done
    assert done["after"]["state"] == "failed"
    assert edge.image() == f"{IMAGE}:not-there"
    assert "no revision to go back to" in edge.ask("revert")["error"]


def test_release_in_another_namespace_is_named(edge):
    edge.run("helm", "install", "elsewhere", edge.chart, "-n", "default")
    try:
        plan = edge.plan("v2", "release=elsewhere")
        assert "but one in namespace 'default'" in blocking(plan)["P2"]
    finally:
        edge.run("helm", "uninstall", "elsewhere", "-n", "default")


def test_helm3_does_not_promote_what_helm4_planned(edge):
    edge.install()
    edge.plan("v2", helm="helm")
    assert "planned with Helm 4, this is Helm 3" in edge.ask("upgrade", helm="helm3")["error"]


def test_lists_versions_and_bare_rollback(edge):
    edge.install()
    edge.plan("v2")
    edge.ask("upgrade")
    edge.ask("revert")                          # 3: rollback to 1; 2 was left behind
    edge.plan("v2")
    edge.ask("upgrade")                         # 4
    row = [row for row in edge.ask("list") if row["name"] == "kai"]
    assert len(row) == 1
    assert (row[0]["revision"], row[0]["status"], row[0]["chart"], row[0]["app_version"]) == (4, "deployed", "tiny-0.1.0", "1")
    everywhere = edge.run(edge.program, "list", "namespace=").stdout
    assert edge.namespace.name in everywhere
    assert [(v["revision"], v["may_be_good"]) for v in edge.ask("versions")] == [(1, True), (2, False), (3, True), (4, True)]
    assert "was not good" in edge.ask("rollback", "revision=2")["error"]
    assert "there is no revision 9" in edge.ask("rollback", "revision=9")["error"]
    assert edge.ask("rollback") == 3
    assert edge.image() == f"{IMAGE}:v1"


def test_values_are_merged_for_the_canary_block(edge):
    more = edge.folder / "more.yaml"
    more.write_text("canary: {weight: 10, services: null}\n")
    assert edge.ask("values", f"chart={edge.chart}", f"values={more}")["canary"] == {"weight": 10}
    edge.run("helm", "package", edge.chart, "-d", edge.folder)
    archive = edge.folder / "tiny-0.1.0.tgz"
    assert edge.ask("values", f"chart={archive}")["canary"] == {"weight": 5, "services": ["web"]}


def test_archive_is_promoted_and_secrets_stay_out_of_argv_and_environment(edge, monkeypatch):
    edge.install()
    edge.run("helm", "package", edge.chart, "-d", edge.folder)
    values = edge.folder / "secret.yaml"
    values.write_text("greeting: hunter2\n")
    calls = edge.folder / "calls"
    wrapper = edge.folder / "helm-that-tells"
    wrapper.write_text(f'#!/bin/sh\n(echo "$@"; env) >> {calls}\nexec helm "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("HELM_BIN", str(wrapper))
    monkeypatch.setenv("CI_JOB_TOKEN", "hunter3")
    monkeypatch.setenv("HELM_NAMESPACE", "default")
    monkeypatch.setenv("TMPDIR", str(edge.folder))
    plan = edge.plan("v2", f"chart={edge.folder / 'tiny-0.1.0.tgz'}", f"values={values}")
    assert blocking(plan) == {}
    assert not any("hunter2" in line for line in plan["lines"])
    assert edge.ask("upgrade")["after"]["state"] == "upgraded"
    assert edge.namespace.get("configmap", "greeting")["data"]["greeting"] == "hunter2"
    told = calls.read_text()
    assert "upgrade --reset-values" in told and f"--namespace={edge.namespace.name}" in told
    assert "hunter2" not in told and "hunter3" not in told and "HELM_NAMESPACE" not in told
    assert list(edge.folder.glob("kai-helm-*")) == [], "pinned inputs are removed when the program ends"


def test_program_that_dies_in_the_upgrade_leaves_helm_to_its_work(edge):
    edge.install()
    edge.plan("not-there", "timeout=6")
    command = edge.namespace.bed.control_plane.command(edge.program, "upgrade", f"plan={edge.plan_file}")
    with subprocess.Popen([str(word) for word in command], env={**os.environ, **helm_environment(edge.namespace, "helm")},
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:
        processes.wait_until("pending upgrade", lambda: edge.ask("versions")[-1]["status"] == "pending-upgrade", 20)
        program.kill()
    seen = edge.ask("observe")
    assert (seen["state"], seen["helm"]) == ("failed", "running"), "whoever takes over waits for that Helm"
    processes.wait_until("Helm's own rollback", lambda: edge.ask("observe")["state"] == "reverted", 20)
    assert edge.image() == f"{IMAGE}:v1"
