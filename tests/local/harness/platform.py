"""What stories/rollouts.py asks of a platform, on one machine."""
from stories.running import Finished, Running
from stories.visitors import PATHS

from .shop import Shop

# The first process of a service and version runs, every further one ends at its start: a canary is smaller than the real thing.
ONCE = 'mkdir "$0.runs" 2>/dev/null || exit 3'


class Platform:
    # A check needs three looks at the splitter's counters, one a second.
    breach_visible = 3

    def __init__(self, make_shop, services: dict = None):
        self.shop: Shop = make_shop(services=services or PATHS)
        self.shop.add("v6", {}, before=ONCE)

    def install(self, tag: str = "v1"):
        """Nobody has come yet: a first version may be installed so."""
        finished = self.canary(tag, "--interval=1s", "--final-bake=1s").wait()
        assert finished.exit_code == 0, finished.output

    def canary(self, tag: str, *more: str) -> Running:
        return self.shop.deploy(tag, *more)

    def verb(self, name: str, *words: str) -> Finished:
        return self.shop(name, "shop", "--platform=local", *words)

    def add(self, tag: str, faults: dict):
        self.shop.add(tag, faults)

    def weight(self, tag: str) -> float:
        return self.shop.weight_of(tag)

    def before(self) -> "Before":
        return Before(self.shop)

    def visitors(self):
        return self.shop.visitors()


class Before:
    """What must be as it was after a rollout that changed nothing."""

    def __init__(self, shop: Shop):
        self.shop = shop
        self.weights, self.processes, self.files = shop.weights(), shop.instances(), self.names()
        self.revision = self.versions()[0]["revision"]
        self.judged = []

    def names(self) -> list:
        """Of what keeps the state of releases; the log of what runs already may appear at any time."""
        return sorted(str(path) for path in self.shop.state.rglob("*") if "logs" not in path.parts)

    def versions(self) -> list:
        """Newest first."""
        rows = self.shop("versions", "shop", "--platform=local", "-o", "json").json()["items"]
        return sorted(rows, key=lambda row: -row["revision"])

    def assert_nothing_changed(self):
        self.assert_served_as_before()
        assert self.versions()[0]["revision"] == self.revision, "the release was touched"

    def assert_nothing_written(self):
        assert self.names() == self.files

    def assert_served_as_before(self):
        assert self.shop.weights() == self.weights
        assert self.shop.instances() == self.processes

    def remember_canary(self):
        self.judged = self.shop.pids_of("v2")
        assert self.judged

    def assert_promoted(self, tag: str, finished: Finished):
        assert self.shop.weights() == {tag: 100}
        assert self.shop.instances() == {tag: sum(self.processes.values())}
        assert set(self.judged) <= set(self.shop.pids_of(tag)), "those that were judged are not those that serve"
        newest = self.versions()[0]
        assert (newest["revision"], newest["status"]) == (self.revision + 1, "deployed"), newest
