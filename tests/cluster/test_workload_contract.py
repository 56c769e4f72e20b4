"""The workload edge against a real API server: clones beside stable, how they are seen, how they go.

Drives `workload_contract` (src/edges/kube_workload) on the sample chart, one namespace per test.
"""
import datetime
import json
import os
import pathlib
import subprocess
import time

import pytest
from bed import paths

CRITICAL = ("api-server", "coordinator-service")


class Edge:
    """A release at v1, a candidate beside it, and the edge under test."""

    def __init__(self, release, folder: pathlib.Path):
        self.release = release
        self.namespace = release.namespace
        self.folder = folder
        self.program = paths.built_program("workload_contract", "KAI_WORKLOAD_CONTRACT")
        self.plan_file = folder / "plan.json"
        self.stable_file = folder / "stable.yaml"
        self.candidate_file = folder / "candidate.yaml"
        self.more_stable = ""     # YAML that is in both manifests, or in one of them
        self.more_candidate = ""
        self.environment = dict(os.environ)

    def command(self, verb: str, *arguments) -> list:
        words = [self.program, verb, f"namespace={self.namespace.name}", f"plan={self.plan_file}", *arguments]
        return [str(word) for word in self.namespace.bed.control_plane.command(*words)]

    def ask(self, verb: str, *arguments):
        done = subprocess.run(self.command(verb, *arguments), env=self.environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{verb}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    def plan(self, tag: str, *arguments, services=CRITICAL) -> dict:
        chart = ("template", "kai", self.namespace.chart, "-f", self.namespace.values_file, "--set", f"global.image.tag={tag}")
        self.stable_file.write_text(self.release.manifest() + self.more_stable)
        self.candidate_file.write_text(self.release.helm(*chart) + self.more_candidate)
        plan = self.ask("plan", f"stable={self.stable_file}", f"candidate={self.candidate_file}",
                        *[f"service={name}" for name in services], *arguments)
        self.plan_file.write_text(json.dumps(plan.get("data")))
        return plan

    def bring_up(self, size="10", rollout="r1"):
        assert self.ask("bring_up", f"size={size}", f"rollout={rollout}") is True

    def observe(self, size="10") -> dict:
        return self.ask("observe", f"size={size}")

    def wait_for(self, what: str, seen, size="10", seconds=30.0) -> dict:
        deadline = time.monotonic() + seconds
        while True:
            state = self.observe(size)
            if "error" not in state and seen(state):
                return state
            assert time.monotonic() < deadline, f"{what} did not come: {json.dumps(state)}"
            time.sleep(0.1)

    def discard(self, rollout="r1", seconds=30.0):
        deadline = time.monotonic() + seconds
        while not self.ask("discard", f"rollout={rollout}"):
            assert time.monotonic() < deadline, "something of ours is still there"
            time.sleep(0.2)

    def ours(self, rollout="r1") -> list:
        """kind/name of everything with our labels."""
        kinds = "deployments,services,configmaps,secrets,replicasets,pods"
        return sorted(f"{o['kind']}/{o['metadata']['name']}" for o in self.namespace.get(kinds, selector=f"kai-canary.dev/rollout={rollout}"))

    def addresses(self, service: str) -> set:
        slices = self.namespace.get("endpointslices", selector=f"kubernetes.io/service-name={service}")
        return {a for s in slices for e in s["endpoints"] or [] if e["conditions"].get("ready") for a in e["addresses"]}


@pytest.fixture
def edge(release, tmp_path):
    return Edge(release, tmp_path)


def blocking(plan: dict) -> dict:
    """Message by check of what speaks against it."""
    return {finding["check"]: finding["message"] for finding in plan["findings"] if finding["blocks"]}


def warnings(plan: dict) -> str:
    return "\n".join(finding["message"] for finding in plan["findings"] if not finding["blocks"])


def test_planning_changes_nothing(edge, audit):
    before = edge.namespace.get("all,configmaps,secrets")
    plan = edge.plan("v2")
    assert not blocking(plan), plan["findings"]
    assert [service["canaryService"] for service in plan["services"]] == ["api-server-canary", "coordinator-service-canary"]
    assert any("api-server-canary" in line for line in plan["lines"])
    names = lambda objects: sorted(f"{o['kind']}/{o['metadata']['name']}" for o in objects)  # noqa: E731
    assert names(edge.namespace.get("all,configmaps,secrets")) == names(before)


def test_canary_comes_up_beside_an_untouched_stable(edge):
    stable = edge.namespace.deployments()
    addresses = {service: edge.addresses(service) for service in CRITICAL}
    edge.plan("v2")
    edge.bring_up()
    state = edge.wait_for("readiness", lambda s: s["canary"]["ready"])
    assert state["canary"]["carries"] == 10000 and not state["canary"]["anyServiceEmpty"]
    assert state["canaryExists"] and state["stable"]["ready"]
    assert state["stableIsAsStarted"] and not state["stableIsCandidate"]
    assert {pod["arm"] for pod in state["pods"] if pod["service"] == 0} == {"canary", "baseline"}
    assert all(pod["address"] and pod["ready"] for pod in state["pods"])
    for service in CRITICAL:
        canary = edge.addresses(f"{service}-canary")
        assert len(canary) == 1 and not canary & addresses[service]
        assert edge.addresses(service) == addresses[service], "stable's Service took the canary's pods in"
    for name, before in stable.items():
        assert edge.namespace.deployments()[name] == before


def test_helm_takes_nothing_of_ours_for_its_own(edge):
    edge.plan("v2")
    edge.bring_up()
    for kind in ("deployments", "services"):
        for clone in edge.namespace.get(kind, selector="kai-canary.dev/rollout=r1"):
            marks = {**clone["metadata"]["labels"], **clone["metadata"]["annotations"]}
            assert not [key for key in marks if "helm.sh" in key], marks
            assert clone["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "kai-canary"
            assert clone["metadata"]["annotations"]["kai-canary.dev/stamp"].startswith("r1.1.")
    edge.release.upgrade("v1", "--set", "services.api-server.replicas=3")
    assert edge.release.status() == "deployed"


def test_clones_grow_and_never_shrink(edge):
    edge.plan("v2", services=("api-server",))
    edge.bring_up("10")
    edge.wait_for("one pod", lambda s: s["canary"]["ready"])
    assert not edge.observe("100")["canary"]["ready"], "one pod is not the size of 100%"
    edge.bring_up("100")
    state = edge.wait_for("two pods", lambda s: s["canary"]["ready"], size="100")
    assert state["canary"]["wanted"] == 2
    edge.bring_up("10")
    assert edge.namespace.get("deployment", "api-server-canary")["spec"]["replicas"] == 2


def test_a_number_of_pods_can_be_fixed(edge):
    edge.plan("v2", "replicas=3", services=("api-server",))
    edge.bring_up()
    assert edge.wait_for("three pods", lambda s: s["canary"]["ready"])["canary"]["wanted"] == 3


def test_crash_at_start_is_fatal_in_its_own_words(edge):
    edge.plan("v5")
    edge.bring_up()
    begun = time.monotonic()
    state = edge.wait_for("a crash loop", lambda s: "fatal" in s["canary"])
    assert time.monotonic() - begun < 30
    assert state["canary"]["fatal"]["code"] == "crash_loop"
    assert "exit code 3" in state["canary"]["fatal"]["sentence"]
    assert state["canary"]["anyServiceEmpty"] and state["canary"]["carries"] == 0
    assert state["stable"]["ready"] and "fatal" not in state["stable"]
    kept = "\n".join(edge.ask("evidence"))
    assert "before its last restart" in kept and "api-server-canary" in kept
    log = edge.namespace.kubectl("logs", "-l", "app.kubernetes.io/name=api-server,kai-canary.dev/track=canary", "--tail=1")
    assert log.strip() and log.strip() in kept


def test_image_that_cannot_be_pulled_twice_is_fatal(edge):
    edge.plan("v99")
    edge.bring_up()
    state = edge.wait_for("a pull error", lambda s: "fatal" in s["canary"], seconds=20)
    assert state["canary"]["fatal"]["code"] == "image_pull"
    assert "v99" in state["canary"]["fatal"]["sentence"]


def test_missing_secret_is_fatal(edge):
    template = edge.namespace.chart / "templates" / "services.yaml"
    edge.plan("v1")
    template.write_text(template.read_text().replace(
        "        env:\n", "        env:\n        - name: KEY\n          valueFrom: { secretKeyRef: { name: nowhere, key: k } }\n"))
    edge.plan("v2")
    edge.bring_up()
    state = edge.wait_for("a configuration error", lambda s: "fatal" in s["canary"], seconds=15)
    assert state["canary"]["fatal"]["code"] == "container_config"
    assert "nowhere" in state["canary"]["fatal"]["sentence"]


def test_deleted_pods_wake_the_watch_at_once(edge):
    edge.plan("v2", services=("api-server",))
    edge.bring_up()
    edge.wait_for("readiness", lambda s: s["canary"]["ready"])
    following = subprocess.Popen(edge.command("follow", "size=10", "seconds=8"), env=edge.environment, stdout=subprocess.PIPE, text=True)
    assert not json.loads(following.stdout.readline())["canary"]["anyServiceEmpty"]
    time.sleep(1.5)  # the watches are open
    edge.namespace.kubectl("delete", "pods", "-l", "kai-canary.dev/rollout=r1", "--wait=false")
    deleted = datetime.datetime.now(datetime.timezone.utc)
    states = [json.loads(line) for line in following.stdout.read().splitlines() if line.startswith("{")]
    empty = [state for state in states if state["canary"]["anyServiceEmpty"]]
    assert empty, states
    delay = (datetime.datetime.fromisoformat(empty[0]["at"].replace("Z", "+00:00")) - deleted).total_seconds()
    print(f"seen as empty {delay * 1000:.0f} ms after kubectl came back")
    assert delay < 0.5
    assert states[-1]["canary"]["ready"], "the pods that came instead were not seen"


def test_discard_leaves_nothing_of_ours_and_all_of_stable(edge):
    stable = edge.namespace.deployments()
    configs = sorted(c["metadata"]["name"] for c in edge.namespace.get("configmaps"))
    edge.namespace.set_values({"services": {"api-server": {"env": {"LOG_LEVEL": "debug"}}}})
    edge.plan("v2")
    edge.bring_up()
    edge.wait_for("readiness", lambda s: s["canary"]["ready"])
    assert [name for name in edge.ours() if name.startswith("ConfigMap/api-server-config-")]
    edge.discard(rollout="another")
    assert edge.ours(), "the objects of one rollout were removed with those of another"
    edge.discard()
    assert edge.ours() == []
    assert edge.namespace.deployments() == stable
    assert sorted(c["metadata"]["name"] for c in edge.namespace.get("configmaps")) == configs
    assert not edge.observe()["canaryExists"]
    edge.discard()


def test_changed_configuration_reaches_the_canary_alone(edge):
    edge.namespace.set_values({"services": {"api-server": {"env": {"LOG_LEVEL": "debug"}}}})
    edge.plan("v1")
    edge.bring_up()
    clone = edge.namespace.get("deployment", "api-server-canary")
    copy = clone["spec"]["template"]["spec"]["containers"][0]["envFrom"][0]["configMapRef"]["name"]
    assert copy != "api-server-config"
    config = edge.namespace.get("configmap", copy)
    assert config["immutable"] and config["data"] == {"LOG_LEVEL": "debug"}
    assert edge.namespace.get("configmap", "api-server-config")["data"] == {"LOG_LEVEL": "info"}
    shared = edge.namespace.get("deployment", "coordinator-service-canary")["spec"]["template"]["spec"]["containers"][0]["envFrom"][0]
    assert shared["configMapRef"]["name"] == "coordinator-service-config", "unchanged configuration was copied"


def test_after_the_upgrade_stable_is_the_candidate(edge):
    edge.plan("v2")
    edge.bring_up()
    edge.wait_for("readiness", lambda s: s["canary"]["ready"])
    edge.release.upgrade("v2")
    state = edge.wait_for("the upgrade", lambda s: s["stable"]["ready"] and s["stableIsCandidate"])
    assert not state["stableIsAsStarted"] and state["stable"]["digestsMatch"] and state["stable"]["restarts"] == 0
    edge.release.helm("rollback", "kai", "1", "--wait", "--timeout=60s")
    state = edge.wait_for("the way back", lambda s: s["stable"]["ready"] and s["stableIsAsStarted"])
    assert not state["stableIsCandidate"]


def change_chart(edge, old: str, new: str):
    template = edge.namespace.chart / "templates" / "services.yaml"
    assert old in template.read_text()
    template.write_text(template.read_text().replace(old, new))


ODD_SPELLINGS = """        resources:
          requests: { cpu: 1e-3, memory: 0.01Gi }
          limits: { cpu: 2000m, memory: 1024Mi, ephemeral-storage: 1e9 }
        lifecycle: { preStop: { sleep: { seconds: 1.0 } } }
        livenessProbe: { tcpSocket: { port: http }, periodSeconds: 3.0, failureThreshold: 0x10 }
        stdin: false
        command: null
        workingDir: ""
        volumeMounts: [{ name: cache, mountPath: /cache, readOnly: no }]
      volumes: [{ name: cache, emptyDir: { sizeLimit: 0.5Gi } }, { name: empty }]
      hostAliases: []
"""


def test_a_spelling_that_the_server_changes_is_still_the_candidate(edge):
    change_chart(edge, "        {{- with $.Values.pod.resources }}\n        resources: {{- toYaml . | nindent 10 }}\n        {{- end }}\n", ODD_SPELLINGS)
    plan = edge.plan("v1")
    assert not blocking(plan), plan["findings"]
    edge.bring_up()
    assert not edge.observe()["stableIsCandidate"] and edge.observe()["stableIsAsStarted"]
    edge.namespace.kubectl("rollout", "restart", "deployment/api-server")  # an annotation that Helm leaves alone
    assert edge.observe()["stableIsAsStarted"]
    edge.release.upgrade("v1")
    state = edge.wait_for("the upgrade", lambda s: s["stable"]["ready"] and s["stableIsCandidate"])
    assert not state["stableIsAsStarted"]
    edge.release.helm("rollback", "kai", "1", "--wait", "--timeout=60s")
    state = edge.wait_for("the way back", lambda s: s["stable"]["ready"] and s["stableIsAsStarted"])
    assert not state["stableIsCandidate"]


@pytest.mark.parametrize("dropped", [
    "      automountServiceAccountToken: false\n",
    "        - name: SHOP_STOP_DELAY_MS\n          value: {{ $.Values.pod.stopDelayMilliseconds | quote }}\n",
    "        checksum/config: {{ $service.env | toJson | sha256sum }}\n",
    "      terminationGracePeriodSeconds: {{ $.Values.pod.terminationGracePeriodSeconds }}\n",
])
def test_what_the_candidate_drops_must_be_gone_first(edge, dropped):
    change_chart(edge, dropped, "")
    assert not blocking(edge.plan("v1"))
    assert not edge.observe()["stableIsCandidate"], "stable was taken for the candidate before the upgrade"
    edge.release.upgrade("v1")
    state = edge.wait_for("the upgrade", lambda s: s["stable"]["ready"] and s["stableIsCandidate"])
    assert not state["stableIsAsStarted"]


def test_an_upgrade_that_crashes_is_told_by_stables_newest_pods(edge):
    edge.plan("v6")
    edge.bring_up()
    edge.wait_for("readiness", lambda s: s["canary"]["ready"])
    edge.release.helm("upgrade", "kai", edge.namespace.chart, "-f", edge.namespace.values_file, "--set", "global.image.tag=v6")
    state = edge.wait_for("the crash", lambda s: "fatal" in s["stable"])
    assert state["stable"]["fatal"]["code"] == "crash_loop" and not state["stable"]["ready"]
    assert state["canary"]["ready"]


def test_stable_that_grows_does_not_make_the_canary_too_small(edge):
    edge.plan("v2", services=("api-server",))
    edge.bring_up("50")
    edge.wait_for("readiness", lambda s: s["canary"]["ready"], size="50")
    edge.namespace.kubectl("scale", "deployment/api-server", "--replicas=6")
    edge.wait_for("six pods", lambda s: len([p for p in s["pods"] if p["arm"] == "baseline" and p["ready"]]) == 6, size="50")
    state = edge.observe("50")
    assert state["canary"]["ready"] and state["canary"]["carries"] >= 5000


def test_an_unknown_name_is_answered_with_the_nearest(edge):
    plan = edge.plan("v2", services=("api-sever",))
    assert "api-server" in blocking(plan)["P15"]


def test_default_services_that_are_not_there_mean_auto(edge):
    plan = edge.plan("v2", "by-default=true", services=("checkout",))
    assert not blocking(plan), plan["findings"]
    assert sorted(s["name"] for s in plan["services"]) == ["api-server", "coordinator-service", "mobile-optimization"]
    assert "default" in warnings(plan)


STATEFUL = """
---
apiVersion: v1
kind: Service
metadata: {name: database}
spec: {selector: {app: database}, ports: [{port: 5432}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: database}
spec:
  serviceName: database
  selector: {matchLabels: {app: database}}
  template: {metadata: {labels: {app: database}}, spec: {containers: [{name: c, image: "x:1"}]}}
"""


def test_a_stateful_set_is_refused_with_its_reason(edge):
    edge.more_stable = edge.more_candidate = STATEFUL
    plan = edge.plan("v2", services=("database",))
    assert "StatefulSet" in blocking(plan)["P15"]


def test_a_name_that_is_taken_is_refused(edge):
    edge.namespace.kubectl("create", "service", "clusterip", "api-server-canary", "--tcp=80")
    assert "api-server-canary" in blocking(edge.plan("v2"))["P18"]


def test_a_quota_speaks_up_before_anything_is_made(edge):
    edge.namespace.kubectl("create", "quota", "tight", "--hard=pods=6")  # as many as run already
    refused = blocking(edge.plan("v2"))
    assert "quota" in refused["P7"], refused


def test_a_service_that_catches_by_a_foreign_label_is_broken_too(edge):
    edge.namespace.kubectl("patch", "service", "mobile-optimization", "--type=merge", "-p",
                           json.dumps({"spec": {"selector": {"app.kubernetes.io/name": "api-server", "app.kubernetes.io/instance": None}}}))
    edge.plan("v2", services=("api-server",))
    edge.bring_up()
    edge.wait_for("readiness", lambda s: s["canary"]["ready"])
    assert not edge.addresses("api-server-canary") & edge.addresses("mobile-optimization")


def test_missing_rights_are_printed_as_rules(edge, tmp_path):
    name = edge.namespace.name
    edge.namespace.kubectl("create", "serviceaccount", "weak")
    edge.namespace.kubectl("create", "role", "reader", "--verb=get,list,watch",
                           "--resource=deployments.apps,replicasets.apps,statefulsets.apps,daemonsets.apps,services,pods,configmaps,"
                           "endpointslices.discovery.k8s.io,poddisruptionbudgets.policy,networkpolicies.networking.k8s.io")
    edge.namespace.kubectl("create", "rolebinding", "weak", "--role=reader", f"--serviceaccount={name}:weak")
    token = edge.namespace.kubectl("create", "token", "weak").strip()
    kubeconfig = tmp_path / "weak.yaml"
    kubeconfig.write_text(edge.namespace.bed.control_plane.kubectl("config", "view", "--raw", "--flatten"))
    edge.namespace.kubectl("--kubeconfig", kubeconfig, "config", "set-credentials", "weak", f"--token={token}")
    edge.namespace.kubectl("--kubeconfig", kubeconfig, "config", "set-context", "--current", "--user=weak")
    edge.program = f"KUBECONFIG={kubeconfig}"
    real = paths.built_program("workload_contract", "KAI_WORKLOAD_CONTRACT")
    edge.command = lambda verb, *more: [str(word) for word in edge.namespace.bed.control_plane.command(
        "env", f"KUBECONFIG={kubeconfig}", real, verb, f"namespace={name}", f"plan={edge.plan_file}", *more)]
    plan = edge.plan("v2")
    missing = [finding for finding in plan["findings"] if finding["check"] == "P6"]
    assert any("create" in finding["remedy"] and "deployments" in finding["remedy"] for finding in missing), plan["findings"]


CLAIM = """
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: files }
spec: { accessModes: [ReadWriteMany], resources: { requests: { storage: 1Mi } } }
"""


@pytest.mark.parametrize("read_only", [False, True])
def test_a_claim_that_is_written_is_shared_with_nobody(edge, read_only):
    edge.namespace.kubectl("apply", "-f", "-", input=CLAIM)
    template = edge.namespace.chart / "templates" / "services.yaml"
    mount = "        volumeMounts: [{ name: files, mountPath: /files, readOnly: %s }]\n        env:\n" % str(read_only).lower()
    volume = "      volumes: [{ name: files, persistentVolumeClaim: { claimName: files } }]\n      containers:\n"
    template.write_text(template.read_text().replace("        env:\n", mount).replace("      containers:\n", volume))
    refused = blocking(edge.plan("v2", services=("api-server",)))
    assert list(refused) == ([] if read_only else ["P22"]), refused


def test_changed_secrets_reach_the_canary_and_no_screen(edge):
    template = edge.namespace.chart / "templates" / "services.yaml"
    secret = "\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: key, labels: {app.kubernetes.io/managed-by: Helm}}\nstringData: {k: VALUE}\n"
    edge.namespace.kubectl("create", "secret", "generic", "key", "--from-literal=k=old-word")
    text = template.read_text().replace(
        "        env:\n", "        env:\n        - name: KEY\n          valueFrom: { secretKeyRef: { name: key, key: k } }\n")
    template.write_text(text)
    edge.more_stable, edge.more_candidate = secret.replace("VALUE", "old-word"), secret.replace("VALUE", "new-word")
    plan = edge.plan("v2", services=("api-server",))
    assert not blocking(plan), plan["findings"]
    assert "new-word" not in json.dumps([plan["lines"], plan["findings"]])
    edge.bring_up()
    edge.wait_for("readiness", lambda s: s["canary"]["ready"])
    copies = edge.namespace.get("secrets", selector="kai-canary.dev/rollout=r1")
    assert len(copies) == 1 and copies[0]["immutable"] and copies[0]["metadata"]["name"].startswith("key-")
    edge.discard()
    assert edge.namespace.get("secret", "key")
