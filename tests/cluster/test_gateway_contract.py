"""The router for the Gateway API against a real API server and Contour: only planned paths change, nothing is left."""
import json
import subprocess

import pytest

from bed import paths, processes

CANARY = "api-server-canary"
PLAN = "plan namespace={} service=api-server:80 step=1 step=500 step=3333 step=10000"


class Router:
    """gateway_contract, a process with the memory of one rollout. Commands go in, JSON comes out."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.process = subprocess.Popen(
            namespace.bed.control_plane.command(paths.built_program("gateway_contract", "KAI_GATEWAY_CONTRACT")),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, command: str) -> dict:
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"gateway_contract ended with {self.process.wait(5)} at: {command}"
        return json.loads(line)

    def plan(self, command: str = PLAN) -> dict:
        answer = self(command.format(self.namespace.name))
        assert not [f for f in answer["findings"] if f["blocks"]], answer
        return answer

    def weigh(self, weight: int, seq: int, epoch: int = 1, down: bool = False) -> dict:
        answer = self(f"apply weight={weight} epoch={epoch} seq={seq} down={str(down).lower()}")
        assert "error" not in answer, answer
        return answer

    def applied(self) -> dict:
        seen = self("observe until=applied within=10")
        assert seen["state"] == "applied", seen
        return seen

    def restore(self, seq: int, epoch: int = 1) -> dict:
        answer = self(f"restore epoch={epoch} seq={seq}")
        assert answer.get("done") is True, answer
        return answer

    def end(self):
        self.process.stdin.close()
        self.process.wait(10)


@pytest.fixture
def make_router(release):
    started = []

    def make() -> Router:
        started.append(Router(release.namespace))
        return started[-1]

    yield make
    for router in started:
        router.end()


@pytest.fixture
def router(make_router):
    """Stable's pods stand behind the canary's Service too: these tests are about the route."""
    the_router = make_router()
    for name in ("api-server", "coordinator-service"):
        service = the_router.namespace.get("service", name)
        twin = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"{name}-canary"},
                "spec": {"selector": service["spec"]["selector"],
                         "ports": [{key: port[key] for key in ("name", "port", "targetPort") if key in port} for port in service["spec"]["ports"]]}}
        the_router.namespace.kubectl("apply", "-f", "-", input=json.dumps(twin))
    return the_router


def full_route(namespace) -> dict:
    return json.loads(namespace.kubectl("get", "httproute", "kai", "-o", "json", "--show-managed-fields"))


def owners(route: dict) -> list:
    """Who owns what, without the status entries of controllers, which come and go."""
    entries = [entry for entry in route["metadata"]["managedFields"] if entry.get("subresource") != "status"]
    return sorted(json.dumps(entry, sort_keys=True) for entry in entries)


def without_ours(spec: dict) -> dict:
    """The spec without our entries and without the weights of those beside them."""
    spec = json.loads(json.dumps(spec))
    for rule in spec["rules"]:
        names = [backend["name"] for backend in rule.get("backendRefs", [])]
        if CANARY in names:
            rule["backendRefs"] = [{k: v for k, v in b.items() if k != "weight"} for b in rule["backendRefs"] if b["name"] != CANARY]
        elif "api-server" in names:
            for backend in rule["backendRefs"]:
                backend.pop("weight", None)
    return spec


def test_a_whole_life_changes_only_planned_paths_and_leaves_nothing(release, router):
    namespace = release.namespace
    before = full_route(namespace)
    assert router.plan()["propagation_ms"] == 1000
    router.weigh(0, 1)
    assert router.applied()["attached"]
    for seq, weight in enumerate((1, 500, 3333, 10000), start=2):
        router.weigh(weight, seq)
        now = full_route(namespace)
        assert without_ours(now["spec"]) == without_ours(before["spec"])
        assert namespace.weights("api-server") == {"api-server": 10000 - weight, CANARY: weight}
        assert now["metadata"]["annotations"]["kai-canary.dev/stamp"] == f"contract.1.{seq}"
        seen = router.applied()
        assert (seen["live"], seen["live_min"], seen["foreign"]) == (weight, weight, False)
    refused = router("restore epoch=1 seq=5")
    assert refused["kind"] == "unavailable" and "carries weight" in refused["error"]
    router.weigh(0, 6, down=True)
    router.applied()
    assert router.restore(6)["log"] == []
    after = full_route(namespace)
    assert after["spec"] == before["spec"]
    assert after["metadata"].get("annotations") == before["metadata"].get("annotations")
    assert owners(after) == owners(before)
    seen = router.applied()
    assert (seen["attached"], seen["stamp"], seen["live"]) == (False, None, 0)


def test_entries_of_others_keep_their_share(release, router):
    namespace = release.namespace
    namespace.set_route([{"op": "replace", "path": "/spec/rules/0/backendRefs", "value": [
        {"name": "coordinator-service", "port": 80, "weight": 1}, {"name": "api-server", "port": 80, "weight": 3}]}])
    before = full_route(namespace)["spec"]
    router.plan("plan namespace={} service=api-server:80 step=1000 step=5000")
    router.weigh(0, 1)
    for seq, weight in enumerate((1000, 5000), start=2):
        router.weigh(weight, seq)
        weights = namespace.weights("api-server")
        assert weights["coordinator-service"] * 3 == weights["api-server"] + weights[CANARY]
        assert weights[CANARY] * 10000 <= weight * (weights["api-server"] + weights[CANARY])
        assert router("observe")["live"] == weight
    router.weigh(0, 4, down=True)
    router.restore(4)
    assert full_route(namespace)["spec"] == before


def test_applying_again_and_from_another_process_touches_and_no_more(release, router, make_router, tmp_path):
    namespace = release.namespace
    router.plan()
    router(f"save {tmp_path}/plan.json")
    router.weigh(0, 1)
    router.weigh(500, 2)
    generation = full_route(namespace)["metadata"]["generation"]
    router.weigh(500, 2)
    other = make_router()
    other(f"load {tmp_path}/plan.json")
    other.weigh(500, 3, epoch=2)
    route = full_route(namespace)
    assert route["metadata"]["generation"] == generation
    assert route["metadata"]["annotations"]["kai-canary.dev/stamp"] == "contract.2.3"
    # The one that was overtaken gives way, upwards and downwards, and whoever took over restores.
    for command in ("apply weight=3333 epoch=1 seq=9", "apply weight=0 epoch=1 seq=10 down=true", "restore epoch=1 seq=10"):
        late = router(command)
        assert late["kind"] == "unavailable" and "newer stamp" in late["error"], late
    other.weigh(0, 4, epoch=2, down=True)
    assert other.applied()["live"] == 0
    other.restore(4, epoch=2)


def test_foreign_hands_are_named_kept_and_lowered_over(release, router):
    namespace = release.namespace
    router.plan()
    router.weigh(0, 1)
    router.weigh(500, 2)
    router.applied()
    namespace.set_route([{"op": "add", "path": "/spec/hostnames", "value": ["elsewhere.test"]},
                         {"op": "replace", "path": "/spec/rules/0/backendRefs/1/weight", "value": 7000}])
    # Not yet seen: nothing is raised over it.
    raised = router("apply weight=3333 epoch=1 seq=3")
    assert raised["kind"] == "unavailable" and "kubectl" in raised["error"], raised
    seen = router("observe")
    assert seen["foreign"] and seen["who"].startswith("kubectl") and seen["live"] > 500, seen
    router.weigh(0, 4, down=True)
    assert namespace.weights("api-server") == {"api-server": 10000, CANARY: 0}
    kept = router.restore(4)["log"]
    assert [line["event"] for line in kept] == ["restored_with_foreign_edits"] and "/hostnames" in kept[0]["kept"]
    route = full_route(namespace)
    assert route["spec"]["hostnames"] == ["elsewhere.test"]
    assert namespace.weights("api-server") == {"api-server": 1}
    assert not [e for e in route["metadata"]["managedFields"] if e["manager"] == "kai-canary-route"]


def test_rule_that_appears_past_the_split_is_seen(release, router):
    router.plan()
    router.weigh(0, 1)
    release.namespace.set_route([{"op": "add", "path": "/spec/rules/0", "value": {
        "matches": [{"path": {"type": "PathPrefix", "value": "/new"}}], "backendRefs": [{"name": "api-server", "port": 80}]}}])
    seen = router("observe")
    assert seen["foreign"] and "past the split" in seen["detail"], seen
    router.weigh(0, 2, down=True)  # the rules moved; names find them
    router.restore(2)
    assert CANARY not in json.dumps(full_route(release.namespace)["spec"])


def test_lowering_needs_one_request_and_no_reading(release, router, audit):
    router.plan()
    router.weigh(0, 1)
    router.weigh(500, 2)
    router.applied()  # the status was written meanwhile: the version that we knew is old
    before = len(audit.events(namespace=release.namespace.name))
    router.weigh(0, 3, down=True)
    asked = [e for e in audit.events(namespace=release.namespace.name)[before:]
             if e.get("objectRef", {}).get("resource") == "httproutes" and not e["userAgent"].startswith(("contour", "kubectl"))]
    assert [e["verb"] for e in asked] == ["patch"], asked


@pytest.mark.parametrize("helm_name", ["helm", "helm3"])
def test_upgrade_with_a_changed_route_passes_after_restore(release, router):
    router.plan()
    router.weigh(0, 1)
    router.weigh(500, 2)
    router.weigh(0, 3, down=True)
    router.restore(3)
    release.upgrade("v1", "--set", "services.api-server.pathPrefix=/other")
    rule = full_route(release.namespace)["spec"]["rules"][0]
    assert rule["matches"][0]["path"]["value"] == "/other"
    assert [backend["name"] for backend in rule["backendRefs"]] == ["api-server"]


def test_upgrade_with_a_changed_route_fails_without_restore(release, router):
    """What the restore is for: with Helm 4 our ownership alone breaks the next upgrade."""
    router.plan()
    router.weigh(0, 1)
    with pytest.raises(paths.BedError, match="conflict"):
        release.upgrade("v1", "--set", "services.api-server.pathPrefix=/other", "--rollback-on-failure=false")
    router.restore(1)


@pytest.mark.parametrize("helm_name", ["helm3"])
def test_upgrade_that_replaced_our_entry_is_seen_and_leaves_no_trace(release, router):
    namespace = release.namespace
    router.plan()
    router.weigh(0, 1)
    router.weigh(500, 2)
    release.upgrade("v1", "--set", "services.api-server.pathPrefix=/other")
    seen = router("observe")
    assert seen["foreign"] and not seen["attached"] and seen["live"] == 0, seen
    router.weigh(0, 3, down=True)
    assert len(router.restore(3)["log"]) == 1  # the new path is an edit of others, and kept
    route = full_route(namespace)
    assert "kai-canary.dev/stamp" not in route["metadata"].get("annotations", {})
    assert not [e for e in route["metadata"]["managedFields"] if e["manager"] == "kai-canary-route"]
    assert route["spec"]["rules"][0]["matches"][0]["path"]["value"] == "/other"


def test_route_that_is_gone_counts_as_lowered_and_restored(release, router):
    router.plan()
    router.weigh(0, 1)
    router.weigh(500, 2)
    release.namespace.kubectl("delete", "httproute", "kai")
    assert router("observe")["state"] == "gone"
    assert router("apply weight=3333 epoch=1 seq=3")["kind"] == "unavailable"
    router.weigh(0, 4, down=True)
    router.restore(4)


def test_refused_backend_is_never_applied(release, make_router):
    """Without its Service the entry is accepted in form only: ResolvedRefs says no."""
    router = make_router()
    router.plan()
    router.weigh(0, 1)
    seen = router("observe until=refused within=10")
    assert seen["state"] == "refused" and CANARY in seen["detail"], seen
    router.weigh(0, 2, down=True)
    router.restore(2)


def rule(*backends, **more) -> dict:
    return {"matches": [{"path": {"type": "PathPrefix", "value": "/hostile"}}], "backendRefs": list(backends), **more}


API = {"name": "api-server", "port": 80}
HOSTILE = {
    "sixteen entries": ([rule(API, *({"name": f"other-{i}", "port": 80} for i in range(15)))], "no more than 16"),
    "weight zero alone": ([rule({**API, "weight": 0})], "its weight for api-server is 0"),
    "named twice": ([rule(API, {**API, "weight": 5})], "names api-server twice"),
    "left over": ([rule(API, {"name": CANARY, "port": 80, "weight": 0})], f"already has an entry for {CANARY}"),
    "other port": ([rule({**API, "port": 81})], "on port 81"),
    "no backends": ([{"filters": [{"type": "RequestRedirect", "requestRedirect": {"statusCode": 302}}]}], "nothing points at it"),
    "other kind": ([rule({"group": "example.com", "kind": "Pool", "name": "api-server"})], "nothing points at it"),
    "too coarse": ([rule({**API, "weight": 1}, {"name": "other", "port": 80, "weight": 1000000})], "is not possible with a total of 1"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_route_that_cannot_be_split_is_refused_with_its_reason(release, router, case):
    rules, reason = HOSTILE[case]
    release.namespace.set_route([{"op": "replace", "path": "/spec/rules", "value": rules}])
    processes.wait_until("Contour looked at it", lambda: any(
        c.get("observedGeneration", 0) > 1 for p in release.namespace.route()["status"]["parents"] for c in p["conditions"]), 10)
    answer = router(PLAN.format(release.namespace.name))
    blocking = [finding for finding in answer["findings"] if finding["blocks"]]
    assert blocking and any(reason in finding["message"] for finding in blocking), answer


def test_planning_changes_nothing(release, router, audit):
    before = full_route(release.namespace)
    router.plan()
    assert full_route(release.namespace)["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    dry_runs = [e for e in audit.writes(namespace=release.namespace.name, dry_run=True) if e["objectRef"]["resource"] == "httproutes"]
    assert len(dry_runs) == 4, dry_runs  # attach, most weight, zero, detach
