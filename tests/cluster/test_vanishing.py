"""The canary's pods go away while visitors are sent to them."""
import contextlib
import os
import pathlib
import signal
import time

import pytest

from bed import images, processes
from harness.release import Release
from harness.rollout import CANARY_PODS, clones, start_canary, wait_for_weight
from stories.running import ended

CANARY_SECONDS = 24
LOWERED_MAX = 0.3  # seconds from the moment when the last endpoint is gone; peers answer 503 for 1.5 s


def delete_pods(bed, namespace):
    namespace.kubectl("delete", "pods", "-l", CANARY_PODS, "--wait=false")


def kill_processes(bed, namespace):
    """As the kernel does it when memory runs out."""
    hosts = {f"HOSTNAME={pod['metadata']['name']}" for pod in namespace.pods(selector=CANARY_PODS)}
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if hosts & set((process / "environ").read_text(errors="replace").split("\0")):
                os.kill(int(process.name), signal.SIGKILL)


def kill_node(bed, namespace):
    bed.control_plane.kill_node(1)


@pytest.fixture
def release(bed, namespace):
    """Stable's pods on node 0, the canary's on node 1; both nodes are ready again afterwards."""
    the_release = Release(namespace)
    with bed.control_plane.schedules_on(0):
        the_release.install("v1")
    with bed.control_plane.schedules_on(1):
        yield the_release
    bed.control_plane.start_nodes()
    processes.wait_until("both nodes", bed.control_plane.nodes_are_ready, 60, 0.5)


@pytest.mark.quiet
@pytest.mark.parametrize("accident", [delete_pods, kill_processes, kill_node])
def test_weight_is_lowered_at_once_and_the_gap_earns_nothing(bed, release, visitors, kai, namespace, timeline, accident):
    run = start_canary(kai, "v2", "--canary-weight=25", canary_time=str(CANARY_SECONDS / 60))
    wait_for_weight(run, namespace, 25)
    visitors.watch(2)
    happened = time.monotonic()
    accident(bed, namespace)
    run.wait_for("weight 0", lambda: all(timeline.weight_gone(service, happened) for service in images.SERVICES), 30)
    for service in images.SERVICES:
        vanished = timeline.endpoints_vanished(service, happened)
        lowered = timeline.weight_gone(service, happened)
        if vanished:  # else all were lowered before this one had lost its endpoints
            print(f"{service}: weight 0 {1000 * (lowered - vanished):.0f} ms after the endpoints were gone")
            assert lowered - vanished < LOWERED_MAX
    bed.control_plane.start_nodes()
    ended(run.wait(180), 0, "PROMOTED", "too few canary pods are ready")
    spells = timeline.weighed("api-server")
    print("the canary had weight:", [f"{begin - happened:.1f}..{end - happened:.1f}" for begin, end in spells])
    earned = sum(min(end, happened) - begin if begin < happened else end - begin for begin, end in spells)
    assert earned >= CANARY_SECONDS, f"promoted after {earned:.1f} s at weight"
    assert clones(namespace) == []
