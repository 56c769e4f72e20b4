"""The bed itself holds what the scenarios rely on."""
import os
import signal
import time

import pytest

from bed import cluster, images, paths, processes
from harness import namespace as looks
from harness.audit import sentence

TRIES = 3


@pytest.mark.parametrize("helm_name", ["helm", "helm3"])
def test_chart_installs_and_serves_without_a_failure(release, make_visitors):
    seen = make_visitors().watch(3)
    assert seen.failed == 0, seen
    assert seen.sent >= 550
    for service in images.SERVICES:
        assert set(seen.versions(service)) == {"v1"}, seen


def test_prometheus_counts_each_pod_within_seconds(release, make_visitors, prometheus):
    began = time.monotonic()
    make_visitors()
    promql = f'http_requests_total{{namespace="{release.namespace.name}",status_code="200"}} > 0'
    processes.wait_until("counts of six pods", lambda: len(prometheus.query(promql)) == 6, 15, 0.1)
    print(f"seen by Prometheus after {time.monotonic() - began:.1f} s")
    series = [labels for labels, _ in prometheus.query(promql)]
    assert {labels["service"] for labels in series} == set(images.SERVICES)
    assert {labels["pod"] for labels in series} == {pod["metadata"]["name"] for pod in release.namespace.pods()}


def test_a_plain_upgrade_loses_no_request(release, visitors):
    for turn in range(TRIES):
        tag = "v2" if turn % 2 == 0 else "v1"
        release.upgrade(tag)
        processes.wait_until("old pods gone", lambda: len(release.namespace.get("pods")) == 6, 30, 0.2)
        assert set(visitors.watch(1).versions()) == {tag}
        assert visitors.seen().failed == 0, visitors.seen()
    assert visitors.stop().failed == 0


@pytest.mark.parametrize("helm_name, flag", [("helm", "--rollback-on-failure"), ("helm3", "--atomic")])
def test_an_upgrade_that_crashes_is_taken_back_and_loses_no_request(release, visitors, flag):
    with pytest.raises(paths.BedError):
        release.upgrade("v5", flag, "--timeout=6s")
    assert [(entry["revision"], entry["status"]) for entry in release.history()] == [
        (1, "superseded"), (2, "failed"), (3, "deployed")]
    assert set(visitors.watch(1).versions()) == {"v1"}
    assert visitors.stop().failed == 0, visitors.seen()


def test_a_second_backend_gets_its_weight(release, make_visitors):
    namespace = release.namespace
    for kind in ("deployment", "service"):
        clone = namespace.get(kind, "api-server")
        clone["metadata"] = {"name": "api-server-other", "labels": {"app.kubernetes.io/name": "other"}}
        clone.pop("status", None)
        if kind == "deployment":
            clone["spec"]["selector"]["matchLabels"] = {"app.kubernetes.io/name": "other"}
            clone["spec"]["template"]["metadata"]["labels"] = {"app.kubernetes.io/name": "other"}
            clone["spec"]["template"]["spec"]["containers"][0]["image"] = f"{images.REGISTRY}/api-server:v2"
        else:
            clone["spec"] = {"selector": {"app.kubernetes.io/name": "other"}, "ports": clone["spec"]["ports"]}
        namespace.kubectl("apply", "-f", "-", input=looks.json.dumps(clone))
    namespace.kubectl("rollout", "status", "deployment/api-server-other", "--timeout=20s")
    backends = [{"name": "api-server", "port": 80, "weight": 75}, {"name": "api-server-other", "port": 80, "weight": 25}]
    namespace.set_route([{"op": "replace", "path": "/spec/rules/0/backendRefs", "value": backends}])
    assert namespace.weights("api-server") == {"api-server": 75, "api-server-other": 25}
    crowd = make_visitors(services=("api-server",))
    time.sleep(0.5)
    seen = crowd.watch(5)
    assert seen.failed == 0, seen
    assert abs(seen.share("v2", "api-server") - 25) < 6, seen  # 1,000 draws: 4 standard deviations


def test_tags_do_what_they_are_named_for(bed, namespace):
    bed.images.publish("only-mobile-fails", {"mobile-optimization": ["--error-percent=100"]})
    for tag in ("v5", "missing", "only-mobile-fails"):
        namespace.kubectl("run", tag, f"--image={images.REGISTRY}/mobile-optimization:{tag}", "--port=9000")
    crashing = lambda: "CrashLoopBackOff" in looks.waiting_reasons(namespace.get("pod", "v5"))
    unpullable = lambda: {"ErrImagePull", "ImagePullBackOff"} & set(looks.waiting_reasons(namespace.get("pod", "missing")))
    processes.wait_until("crash at start", crashing, 20)
    processes.wait_until("pull error", unpullable, 20)
    assert "cannot open the catalogue" in namespace.kubectl("logs", "v5")
    processes.wait_until("running", lambda: looks.is_ready(namespace.get("pod", "only-mobile-fails")), 20)
    address = namespace.get("pod", "only-mobile-fails")["status"]["podIP"]
    answer = bed.exec("curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %header{x-version}", f"http://{address}:9000/x").stdout
    assert answer == "500 only-mobile-fails"


def test_v6_runs_as_a_clone_and_crashes_as_the_real_thing(namespace):
    for name in ("api-server-canary-7f", "api-server-7f"):
        namespace.kubectl("run", name, f"--image={images.REGISTRY}/api-server:v6")
    processes.wait_until("the clone runs", lambda: looks.is_ready(namespace.get("pod", "api-server-canary-7f")), 20)
    crashing = lambda: "CrashLoopBackOff" in looks.waiting_reasons(namespace.get("pod", "api-server-7f"))
    processes.wait_until("the real thing crashes", crashing, 20)


def test_prometheus_is_also_a_service_behind_the_api_server(bed, prometheus):
    path = "/api/v1/namespaces/monitoring/services/prometheus-server:9090/proxy/api/v1/query?query=vector(1)"
    answer = processes.wait_until("an answer", lambda: bed.control_plane.kubectl("get", "--raw", path), 15, 0.2)
    assert looks.json.loads(answer)["data"]["result"][0]["value"][1] == "1"


def test_prometheus_comes_back_with_its_data(release, visitors, prometheus):
    promql = f'sum(http_requests_total{{namespace="{release.namespace.name}"}})'
    before = prometheus.query(promql)[0][1]
    prometheus.kill()
    with pytest.raises(paths.BedError):
        prometheus.query(promql)
    prometheus.start()
    processes.wait_until("counts go on", lambda: sum(v for _, v in prometheus.query(promql)) > before, 20, 0.2)
    assert visitors.stop().failed == 0


def test_audit_log_tells_writes_from_reads_and_dry_runs(namespace, audit):
    namespace.kubectl("create", "configmap", "dry", "--dry-run=server")
    namespace.kubectl("get", "configmaps")
    assert audit.writes("kubectl", namespace.name) == []
    assert len(audit.writes("kubectl", namespace.name, dry_run=True)) == 1
    namespace.kubectl("create", "configmap", "wet", "--from-literal=a=b")
    writes = audit.writes("kubectl", namespace.name)
    assert [sentence(event).split(" by ")[0] for event in writes] == ["create configmaps/wet 201"]
    assert writes[0]["requestObject"]["data"] == {"a": "b"}


def test_a_node_that_dies_takes_its_pods_along_and_comes_back(bed, release, make_visitors):
    """Its pods stay listed as endpoints until the cluster notices, as with a real machine."""
    def nodes():
        return looks.json.loads(bed.control_plane.kubectl("get", "nodes", "-o", "json"))["items"]
    crowd = make_visitors()
    with bed.control_plane.schedules_on(1):
        release.namespace.kubectl("run", "there", f"--image={images.REGISTRY}/api-server:v1")
        processes.wait_until("placed", lambda: release.namespace.get("pod", "there")["spec"].get("nodeName"), 10)
    assert release.namespace.get("pod", "there")["spec"]["nodeName"] == "node-1"
    release.namespace.kubectl("delete", "pod", "there")
    bed.control_plane.kill_node(1)
    try:
        processes.wait_until("failures", lambda: crowd.seen().failed > 0, 5)
        processes.wait_until("node not ready", lambda: not all(looks.is_ready(node) for node in nodes()), 30, 0.5)
    finally:
        bed.control_plane.start_nodes()
    processes.wait_until("node ready again", lambda: all(looks.is_ready(node) for node in nodes()), 30, 0.5)
    processes.wait_until("pods ready again", lambda: sum(map(looks.is_ready, release.namespace.pods())) == 6, 60, 0.5)
    assert crowd.watch(2).failed == 0


def test_kubeconfig_has_a_context_that_works_and_a_current_one_that_does_not(bed, kubeconfig):
    config = ["kubectl", "--kubeconfig", kubeconfig.path]
    assert bed.exec(*config, "config", "current-context").stdout.strip() == "elsewhere"
    assert "kube-system" in bed.exec(*config, "--context=bed", "get", "namespaces").stdout
    with pytest.raises(paths.BedError):
        bed.exec(*config, "get", "namespaces")


def test_what_a_crash_leaves_is_cleared(bed):
    """A second bed whose owner died without a farewell."""
    second = cluster.Bed(bed.folder.with_name("second"))
    second.up()
    supervisor = int((second.folder / "run" / "supervisor.pid").read_text())
    os.kill(supervisor, signal.SIGKILL)
    again = cluster.Bed(second.folder)
    again.up()
    assert "node-0" in again.control_plane.kubectl("get", "nodes")
    again.down()
    assert not second.folder.exists()
    assert not os.path.exists(f"/run/netns/{processes.network_name(second.folder)}")


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """A program in place of kai-canary that says how it was called, and ends with 20 on SIGINT."""
    script = tmp_path / "kai-canary"
    script.write_text("""#!/bin/sh
trap 'echo interrupted >&2; exit 20' INT
echo "$@"; echo "chart=$KAI_CANARY_CHART home=$HOME"; helm version --template '{{.Version}}'; echo
[ "$1" != wait ] || while :; do sleep 0.1; done
exit 6
""")
    script.chmod(0o755)
    monkeypatch.setenv("KAI_CANARY_BIN", str(script))


def test_program_is_run_as_a_user_would_run_it(stand_in, kai, namespace):
    finished = kai(*kai.canary("v2"), wrapper=True)
    assert finished.exit_code == 6
    lines = finished.stdout.splitlines()
    assert lines[0].startswith(f"helm-deploy --context=bed --env=bed --canary --tag=v2 --namespace={namespace.name}")
    assert lines[1].startswith(f"chart={namespace.chart} home=")
    assert lines[2].startswith("v4.2.3")


@pytest.mark.parametrize("helm_name", ["helm3"])
def test_program_finds_the_helm_of_the_test_and_gets_signals(stand_in, kai):
    run = kai.start("wait")
    run.wait_for("its first lines", lambda: "v3.22" in run.output())
    run.signal()
    finished = run.wait(10)
    assert (finished.exit_code, finished.stderr) == (20, "interrupted\n")
    assert finished.seconds < 10
