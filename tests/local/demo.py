#!/usr/bin/env python3
"""The main job on this machine: a first version, a good one, one with errors and a slow one, under 200 requests/s of visitors."""
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[up]) for up in (0, 1)]
from harness.programs import answers, built, processes_in  # noqa: E402
from harness.shop import Shop  # noqa: E402
from stories.waiting import NotYet, wait_until  # noqa: E402

ROLLOUTS = (
    ("v2", ["--steps=10,25,50", "--canary-time=18s"], 0, "v2 is good: it must be promoted, and no visitor may notice"),
    ("v3", [], 10, "v3 answers 20 % with errors: it must be rolled back"),
    ("v4", [], 10, "v4 takes 900 ms, and 500 ms are the limit: it must be rolled back"),
)


def say(text: str):
    print(f"\n=== {text}", flush=True)


class Demo:
    def __init__(self, shop: Shop):
        self.shop, self.wrong, self.visitors = shop, [], None

    def expect(self, holds: bool, what: str):
        print(f"{'as it should be' if holds else 'WRONG':>15}: {what}", flush=True)
        self.wrong += [] if holds else [what]

    def deploy(self, tag: str, *more: str) -> subprocess.Popen:
        """The line a user types, its output shown as it comes."""
        words = ["deploy", "kai.yaml", f"--tag={tag}", *more]
        print("$ kai-canary " + " ".join(words), flush=True)
        return subprocess.Popen([built("kai-canary", "KAI_CANARY_BIN"), *words], cwd=self.shop.folder, env=self.shop.environment())

    def first(self):
        say("v1 is the first version: there is nothing to compare it with, so it is installed and watched")
        run = self.deploy("v1")
        wait_until("v1 to be served", lambda: answers(self.shop.port) or run.poll() is not None, 60)
        self.visitors = self.shop.visitors()
        self.end(run, "v1", 0, self.visitors.seen())

    def end(self, run: subprocess.Popen, tag: str, wanted: int, before):
        code = run.wait()
        seen = self.visitors.seen() - before
        self.expect(code == wanted, f"exit code {code}, wanted {wanted}")
        failed = seen.lost(but_for=tag if wanted else "")
        of_bad = f", beside {seen.errors(tag)} errors of {tag} itself" if wanted and seen.errors(tag) else ""
        answered = ", ".join(f"{version} {count}" for version, count in seen.versions().items())
        self.expect(failed == 0, f"{failed} of {seen.sent} requests failed{of_bad}; answers by version: {answered}")

    def rollouts(self):
        stable = "v1"
        for tag, more, wanted, what in ROLLOUTS:
            say(what)
            before = self.visitors.seen()
            self.end(self.deploy(tag, *more), tag, wanted, before)
            stable = stable if wanted else tag
            there = self.shop.instances()
            self.expect(there == {stable: 2}, f"processes that run: {there}; all requests go to {stable}")

    def look_back(self):
        say("what is remembered")
        for words in (["status", "shop"], ["history", "shop"]):
            print("$ kai-canary " + " ".join(words), flush=True)
            subprocess.run([built("kai-canary", "KAI_CANARY_BIN"), *words, "--platform=local"], cwd=self.shop.folder,
                           env=self.shop.environment(), check=False)


def run(folder: pathlib.Path) -> list:
    shop = Shop(folder)
    demo = Demo(shop)
    say(f"{shop.file} describes the release")
    print(shop.file.read_text(), end="", flush=True)
    try:
        demo.first()
        demo.rollouts()
        demo.look_back()
    finally:
        if demo.visitors:
            demo.visitors.stop()
        shop.end()
    left = processes_in(folder)
    demo.expect(left == {}, f"processes that are left: {len(left)}")
    return demo.wrong


def main() -> int:
    # A terminal that goes away, or somebody who ends us, is as good as Ctrl-C: everything is stopped.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    began = time.monotonic()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kai-demo-"))
    try:
        wrong = run(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    say(f"{'as it should be' if not wrong else 'NOT as it should be: ' + '; '.join(wrong)}, after {time.monotonic() - began:.0f} s")
    if not wrong:
        print("next: docs/local.md with a program of yours, or `build/release/bin/kai-canary help deploy`; on a real Kubernetes: make demo-cluster")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NotYet as error:
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        sys.exit("demo: stopped, and everything that it had started")
