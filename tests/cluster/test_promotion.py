"""A good version is promoted, and nobody notices."""
import pytest

from harness.rollout import SHORT, STEPS, Before, clones, ended, wait_for_weight


def images_of(namespace) -> set:
    return {container["image"].rsplit(":", 1)[1] for d in namespace.get("deployments") for container in d["spec"]["template"]["spec"]["containers"]}


@pytest.mark.parametrize("helm_name", ["helm", "helm3"])
def test_good_canary_is_promoted(release, visitors, kai, namespace, helm_name):
    before = Before(namespace, release)
    start = visitors.seen()
    run = kai.start(*kai.canary("v2", STEPS, *SHORT), wrapper=True)
    shares = shares_by_step(run, visitors, namespace)
    ended(run.wait(), 0, "PROMOTED", "v1 -> v2")

    assert release.status() == "deployed" and release.revision() == before.revision + 1
    values = release.values()
    assert values["global"]["image"]["tag"] == "v2"
    values["global"]["image"]["tag"] = "v1"
    assert values == before.values, "the upgrade changed values beside the tag"
    assert images_of(namespace) == {"v2"}
    assert clones(namespace) == []
    before.assert_route_is_as_before()
    seen = visitors.stop() - start
    assert seen.failed == 0, seen
    for weight, share in shares.items():
        # 8 s at 200/s: Envoy draws at random, so 1,600 draws scatter by up to 1.25 points; 3 deviations and the 2 points.
        assert abs(share - weight) < 2 + 3 * 1.25, f"{share:.1f}% of the visitors met the canary at {weight}%"
    # The field is Helm's again: a change of the route by hand needs no force.
    release.upgrade("v2", "--set", "gateway.hostnames={other.shop.test}")
    assert namespace.route()["spec"]["hostnames"] == ["other.shop.test"]


def shares_by_step(run, visitors, namespace) -> dict:
    """Share of the visitors' answers that came from v2 while each weight stood, over all three services."""
    shares = {}
    for weight in (10, 25, 50):
        wait_for_weight(run, namespace, weight)
        visitors.watch(1.0)  # the gateway follows within milliseconds; the first second is left out
        shares[weight] = visitors.watch(8.0).share("v2")
    return shares
