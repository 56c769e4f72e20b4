#!/usr/bin/env python3
"""The main job on a real cluster: a good version is promoted, a bad one is rolled back, under 200 requests/s of visitors."""
import pathlib
import subprocess
import sys
import tempfile

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[up]) for up in (0, 1)]
from bed import cluster, paths, processes  # noqa: E402
from harness.kubeconfig import Kubeconfig  # noqa: E402
from harness.namespace import Namespace  # noqa: E402
from harness.program import Program  # noqa: E402
from harness.release import Release  # noqa: E402
from harness.visitors import visitors_of  # noqa: E402
from stories.visitors import Visitors  # noqa: E402
from stories.waiting import NotYet  # noqa: E402


def say(text: str):
    print(f"\n=== {text}", flush=True)


def rollout(program: Program, tag: str) -> int:
    """The line a user types, its output shown as it comes."""
    arguments = program.canary(tag)
    print("$ helm-charts/helm-deploy.sh " + " ".join(arguments), flush=True)
    return subprocess.run(program.command(*arguments, wrapper=True), env=program.environment(), check=False).returncode


def show(visitors: Visitors, before, release: Release):
    seen = visitors.seen() - before
    print(f"visitors: {seen.sent} requests, {seen.failed} failed or answered 5xx; answers by version: {seen.versions()}")
    for revision in release.history():
        print(f"helm history: {revision['revision']} {revision['status']} {revision['description']}")


def run(bed: cluster.Bed, folder: pathlib.Path) -> int:
    namespace = Namespace(bed, "shop", folder)
    release = Release(namespace)
    program = Program(namespace, Kubeconfig(bed, folder / "kubeconfig"), folder)
    say("v1 of three services is installed with plain Helm, and visitors come")
    release.install("v1")
    visitors = visitors_of(namespace, folder / "visitors.jsonl")
    promql = 'count(http_requests_total{namespace="shop",status_code="200"} > 0)'
    processes.wait_until("counters in Prometheus", lambda: sum(v for _, v in bed.prometheus.query(promql)) >= 6, 30, 0.2)
    try:
        wrong = []
        for tag, what, wanted in (("v2", "v2 is good: it must be promoted", 0),
                                  ("v3", "v3 answers 20 % with errors: it must be rolled back", 10)):
            say(what)
            before = visitors.seen()
            code = rollout(program, tag)
            print(f"exit code {code}, wanted {wanted}")
            show(visitors, before, release)
            wrong += [tag] if code != wanted else []
    finally:
        visitors.stop()
    say("as it should be" if not wrong else f"NOT as it should be: {', '.join(wrong)}")
    return 1 if wrong else 0


def main() -> int:
    reason = cluster.why_impossible()
    if reason:
        raise paths.BedError(reason)
    cluster.install_tools()
    slot = paths.Slot()
    bed = cluster.Bed(slot.folder)
    say("a real Kubernetes, a gateway and Prometheus come up in a network namespace")
    try:
        bed.up()
        with tempfile.TemporaryDirectory() as folder:
            return run(bed, pathlib.Path(folder))
    finally:
        bed.down()
        slot.release()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NotYet as error:
        sys.exit(f"demo: {error}")
