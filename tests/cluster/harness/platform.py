"""What stories/rollouts.py asks of a platform, on Kubernetes."""
import json

from .audit import PROGRAM, AuditLog, sentence
from .namespace import Namespace
from .program import Finished, Program, Running
from .release import Release
from .rollout import CANARY_PODS, clones, our_managers, start_canary, weight_of

MEMORY_MIB_MAX = 40  # `make bench` runs the story of a good version for the figure


class Platform:
    # Two scrapes that lie wholly under the weight, 1 s each, and 0.5 s for the source.
    breach_visible = 2.5

    def __init__(self, namespace: Namespace, release: Release, kai: Program, make_visitors, *options: str):
        self.namespace, self.release, self.kai, self.make_visitors = namespace, release, kai, make_visitors
        self.options = ("--helm-timeout=60s", *options)  # of every canary

    def canary(self, tag: str, *more) -> Running:
        return start_canary(self.kai, tag, *self.options, *more)

    def verb(self, name: str, *words) -> Finished:
        return self.kai(name, self.release.name, *words, *self.kai.where())

    def add(self, tag: str, faults: dict):
        self.namespace.bed.images.publish(tag, faults)

    def weight(self, tag: str) -> float:
        return weight_of(self.namespace)

    def before(self) -> "Before":
        return Before(self.namespace, self.release)

    def visitors(self):
        return self.make_visitors()


class Before:
    """What must be as it was after a rollout that changed nothing."""

    def __init__(self, namespace: Namespace, release: Release):
        self.namespace, self.release = namespace, release
        self.audit = AuditLog(namespace.bed.control_plane.audit_log)
        self.route = json.dumps(namespace.route()["spec"], sort_keys=True)
        self.annotations = namespace.route()["metadata"].get("annotations", {})
        self.revision, self.values = release.revision(), release.values()
        self.deployments = namespace.deployments()
        self.judged = set()

    def assert_route_is_as_before(self):
        route = self.namespace.route()
        assert json.dumps(route["spec"], sort_keys=True) == self.route, "the route's spec is not as before"
        assert route["metadata"].get("annotations", {}) == self.annotations, "an annotation of ours is left on the route"
        assert our_managers(self.namespace) == [], "a field of the route is still ours"

    def assert_nothing_changed(self):
        self.assert_route_is_as_before()
        assert self.release.revision() == self.revision, "the Helm release was touched"
        assert self.namespace.deployments() == self.deployments, "stable's Deployments were touched"
        assert clones(self.namespace) == [], "clones are left"

    def writes(self) -> list:
        return self.audit.writes(namespace=self.namespace.name, agent=PROGRAM)

    def assert_nothing_written(self):
        """That others find writes in the same way proves that this looks rightly."""
        written = list(map(sentence, self.writes()))
        assert written == [], f"written: {written}"

    def assert_served_as_before(self):
        assert images_of(self.namespace.pods()) == {"v1"}
        assert self.release.status() == "deployed"
        self.assert_route_is_as_before()
        assert clones(self.namespace) == []

    def remember_canary(self):
        self.judged = digests_of(self.namespace.pods(selector=CANARY_PODS))
        assert self.judged

    def assert_promoted(self, tag: str, finished: Finished):
        holds = 0 < finished.memory_mib <= MEMORY_MIB_MAX
        print(f"bench: {'pass' if holds else 'FAIL'} most memory during a rollout of three services: "
              f"{finished.memory_mib:.1f} MiB, bound {MEMORY_MIB_MAX} MiB")
        assert holds, f"{finished.memory_mib:.1f} MiB resident"
        assert_writes(self.writes())
        assert self.release.status() == "deployed" and self.release.revision() == self.revision + 1
        values = self.release.values()
        assert values["global"]["image"]["tag"] == tag
        values["global"]["image"]["tag"] = self.values["global"]["image"]["tag"]
        assert values == self.values, "the upgrade changed values beside the tag"
        assert images_of(self.namespace.pods()) == {tag}
        assert digests_of(self.namespace.pods()) == self.judged, "promoted images are not those that were judged"
        assert clones(self.namespace) == []
        self.assert_route_is_as_before()
        # The field is Helm's again: a change of the route by hand needs no force.
        self.release.upgrade(tag, "--set", f"gateway.hostnames={{{self.namespace.host},other.shop.test}}")
        assert "other.shop.test" in self.namespace.route()["spec"]["hostnames"]


def assert_writes(writes: list):
    """The Lease, the record and the clones included."""
    print(f"bench: writes of a rollout of three services in three steps: {len(writes)}")
    said = "\n".join(map(sentence, writes))
    print(f"bench: ... of these, Events: {sum(event['objectRef']['resource'] == 'events' for event in writes)}\n{said}")
    assert {"httproutes", "configmaps", "deployments"} <= {event["objectRef"]["resource"] for event in writes}, said


def images_of(pods: list) -> set:
    return {container["image"].rsplit(":", 1)[1] for pod in pods for container in pod["spec"]["containers"]}


def digests_of(pods: list) -> set:
    return {status["imageID"] for pod in pods for status in pod["status"]["containerStatuses"]}
