"""A good version is promoted, and nobody notices."""
from harness.audit import PROGRAM, sentence
from harness.release import EVERY_APPLY
from harness.rollout import CANARY_PODS, STEPS, Before, clones, ended, start_canary, wait_for_weight

MEMORY_MIB_MAX = 40  # `make bench` runs this test for the figure


def images_of(namespace) -> set:
    return {container["image"].rsplit(":", 1)[1] for d in namespace.get("deployments") for container in d["spec"]["template"]["spec"]["containers"]}


def digests_of(pods) -> set:
    return {status["imageID"] for pod in pods for status in pod["status"]["containerStatuses"]}


def assert_few_writes(writes: list):
    """The Lease, the record and the clones included; that some are found also proves that tests which want none look rightly."""
    print(f"bench: writes of a rollout of three services in three steps: {len(writes)}")
    said = "\n".join(map(sentence, writes))
    told = [event for event in writes if event["objectRef"]["resource"] == "events"]
    print(f"bench: ... of these, Events: {len(told)}")
    assert {"httproutes", "configmaps", "deployments"} <= {event["objectRef"]["resource"] for event in writes}, said
    print(said)


@EVERY_APPLY
def test_good_canary_is_promoted(release, visitors, kai, namespace, audit):
    before = Before(namespace, release)
    start = visitors.seen()
    run = start_canary(kai, "v2", STEPS)
    wait_for_weight(run, namespace, 10)
    judged = digests_of(namespace.pods(selector=CANARY_PODS))
    finished = ended(run.wait(), 0, "PROMOTED", "v1 -> v2")
    holds = 0 < finished.memory_mib <= MEMORY_MIB_MAX
    print(f"bench: {'pass' if holds else 'FAIL'} most memory during a rollout of three services: {finished.memory_mib:.1f} MiB, bound {MEMORY_MIB_MAX} MiB")
    assert holds, f"{finished.memory_mib:.1f} MiB resident"

    assert_few_writes(audit.writes(namespace=namespace.name, agent=PROGRAM))
    assert release.status() == "deployed" and release.revision() == before.revision + 1
    values = release.values()
    assert values["global"]["image"]["tag"] == "v2"
    values["global"]["image"]["tag"] = "v1"
    assert values == before.values, "the upgrade changed values beside the tag"
    assert images_of(namespace) == {"v2"}
    assert digests_of(namespace.pods()) == judged, "promoted images are not those that were judged"
    assert clones(namespace) == []
    before.assert_route_is_as_before()
    seen = visitors.stop() - start
    assert seen.failed == 0, seen
    # The field is Helm's again: a change of the route by hand needs no force.
    release.upgrade("v2", "--set", "gateway.hostnames={other.shop.test}")
    assert namespace.route()["spec"]["hostnames"] == ["other.shop.test"]


def test_visitors_meet_the_canary_as_often_as_the_weight_says(release, visitors, kai, namespace):
    """Envoy draws at random: 10,000 draws scatter by half a point, so a step takes as long as that needs."""
    run = start_canary(kai, "v2", STEPS, canary_time="2.7")
    for weight in (10, 25, 50):
        wait_for_weight(run, namespace, weight)
        visitors.watch(1.0)  # the gateway follows within milliseconds; the first second is left out
        share = visitors.watch(48.0).share("v2")
        print(f"{weight}%: {share:.2f}% of the visitors")
        assert abs(share - weight) < 2, f"{share:.1f}% of the visitors met the canary at {weight}%"
    ended(run.wait(), 0, "PROMOTED")
    assert visitors.stop().failed == 0
