"""A good version is promoted, and meets as many visitors as it should."""
from harness.rollout import STEPS, start_canary, wait_for_weight
from stories.running import ended


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
