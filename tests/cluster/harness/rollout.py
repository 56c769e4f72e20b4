"""A rollout by the shipped program, and what it left behind."""
import time

from bed import images

from .namespace import Namespace
from .program import Program, Running

SERVICES = images.SERVICES
CANARY_PODS = "kai-canary.dev/track=canary"
STEPS = "--steps=10,25,50"
SHORT = ("--final-bake=4s", "--drain-timeout=3s")


def canary_backend(service: str) -> str:
    return f"{service}-canary"


def weight_of(namespace: Namespace, service: str = "api-server") -> float:
    """Percent that the route gives the canary of a service; 0 without our entry."""
    weights = namespace.weights(service)
    return 100 * weights.get(canary_backend(service), 0) / max(1, sum(weights.values()))


def clones(namespace: Namespace) -> list:
    """Everything that is marked as a clone's: workloads, Services, configuration, pods."""
    found = []
    for kind in ("deployments", "services", "configmaps", "secrets", "pods"):
        found += [f"{kind}/{item['metadata']['name']}" for item in namespace.get(kind, selector="kai-canary.dev/rollout")
                  if "deletionTimestamp" not in item["metadata"]]
    return found


def our_managers(namespace: Namespace) -> list:
    """Entries of ours among the owners of the route's fields."""
    return [entry["manager"] for entry in namespace.route()["metadata"]["managedFields"] if entry["manager"].startswith("kai-canary")]


def wait_for_weight(run: Running, namespace: Namespace, percent: float, timeout: float = 60) -> float:
    """Until the route gives the canary this share; the moment when it was seen."""
    run.wait_for(f"weight {percent}%", lambda: abs(weight_of(namespace) - percent) < 0.5, timeout)
    return time.time()


def start_canary(kai: Program, tag: str, *more, **options) -> Running:
    return kai.start(*kai.canary(tag, *SHORT, *more, **options), wrapper=True)
