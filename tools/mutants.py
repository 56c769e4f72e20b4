#!/usr/bin/env python3
"""Whether the tests decide every rule: the program is made wrong in one place after the other, and each
time a test must notice. Works on a copy; what is committed and what is not goes into it.

usage: mutants.py LIST [NAME...]     only those whose names hold one of these words

LIST is a text of blocks with an empty line between them. The first names the test program:
    test: kai_core_judge_test
Each other one is a wrong program: its name, the file, the text that is there once, and what replaces it;
and, where no test notices, why that is no gap:
    panic: a half is enough
    src/core/judge/sequential_decide.cc
    - 2 * counts.x < counts.n
    + 2 * counts.x <= counts.n
    survives: an equal program, since ...
Exit code 1: fewer than 95 % are noticed, or one that is not has no reason, or a reason without need.
"""
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

NOTICED_PERCENT_MIN = 95
TEST_SECONDS_MAX = 120  # a wrong program may never end
NOTICED, SURVIVES, BROKEN = "noticed", "survives", "broken"
HERE = pathlib.Path(__file__).resolve().parents[1]


class BadList(Exception):
    pass


@dataclasses.dataclass
class Mutant:
    name: str
    file: str
    before: str
    after: str
    reason: str = ""


def read_list(text: str) -> tuple[str, list[Mutant]]:
    blocks = [[line for line in block.splitlines() if not line.startswith("#")] for block in text.split("\n\n")]
    blocks = [block for block in blocks if any(line.strip() for line in block)]
    if not blocks or not blocks[0][0].startswith("test: "):
        raise BadList("the first block must be 'test: NAME'")
    return blocks[0][0].removeprefix("test: ").strip(), [read_block(block) for block in blocks[1:]]


def read_block(lines: list[str]) -> Mutant:
    before = "\n".join(line[2:] for line in lines[2:] if line.startswith("- "))
    after = "\n".join(line[2:] for line in lines[2:] if line.startswith("+ "))
    reasons = [line.removeprefix("survives: ") for line in lines[2:] if line.startswith("survives: ")]
    if len(lines) < 4 or not before or before == after or len(reasons) > 1:
        raise BadList("no wrong program: " + " / ".join(lines))
    return Mutant(lines[0], lines[1].strip(), before, after, " ".join(reasons))


def wrong(text: str, mutant: Mutant) -> str:
    if text.count(mutant.before) != 1:
        raise BadList(f"{mutant.name}: '{mutant.before}' is {text.count(mutant.before)} times in {mutant.file}, not once")
    return text.replace(mutant.before, mutant.after)


class Copy:
    """Of the sources, with a build of one test program."""

    def __init__(self, folder: pathlib.Path, test: str):
        self.folder, self.test = folder, test
        names = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=HERE, check=True, capture_output=True).stdout
        for name in filter(None, names.decode().split("\0")):
            if (HERE / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(HERE / name, folder / name)
        self.environment = {**os.environ, "CCACHE_BASEDIR": str(folder), "CCACHE_NOHASHDIR": "1"}
        self.run("cmake", "--preset", "dev")

    def run(self, *command, seconds=None) -> subprocess.CompletedProcess:
        return subprocess.run(command, cwd=self.folder, env=self.environment, check=False, capture_output=True, text=True, timeout=seconds)

    def builds(self) -> bool:
        return self.run("cmake", "--build", "build/dev", "-j", str(os.cpu_count()), "--target", self.test).returncode == 0

    def passes(self) -> bool:
        program = next((self.folder / "build" / "dev").rglob(self.test))
        try:
            return self.run(str(program), "--gtest_brief=1", "--gtest_fail_fast", seconds=TEST_SECONDS_MAX).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def try_out(self, mutant: Mutant) -> str:
        """NOTICED, SURVIVES or BROKEN: not even a program."""
        file = self.folder / mutant.file
        right = file.read_text()
        file.write_text(wrong(right, mutant))
        try:
            if not self.builds():
                return BROKEN
            return SURVIVES if self.passes() else NOTICED
        finally:
            file.write_text(right)


def judge(mutants: list[Mutant], outcomes: list[str]) -> list[str]:
    """What is wrong with the outcomes, in sentences."""
    faults = []
    for each, outcome in zip(mutants, outcomes):
        if outcome == BROKEN:
            faults.append(f"{each.name}: does not compile, or the list is older than the sources")
        elif outcome == SURVIVES and not each.reason:
            faults.append(f"{each.name}: not noticed")
        elif outcome == NOTICED and each.reason:
            faults.append(f"{each.name}: noticed, so it needs no reason")
    return faults


def too_few(outcomes: list[str]) -> list[str]:
    """Of a whole list: reasons are for a few."""
    enough = 100 * outcomes.count(NOTICED) >= NOTICED_PERCENT_MIN * len(outcomes)
    return [] if enough else [f"fewer than {NOTICED_PERCENT_MIN} % are noticed"]


def main(arguments: list[str]) -> int:
    if arguments == ["--help"]:
        print(__doc__)
        return 0
    if not arguments or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        test, mutants = read_list(pathlib.Path(arguments[0]).read_text())
    except OSError as error:
        raise BadList(f"cannot read the list: {error}") from None
    words = arguments[1:]
    mutants = [each for each in mutants if not words or any(word in each.name for word in words)]
    if not mutants:
        raise BadList(f"{arguments[0]} has no wrong program" + (f" whose name holds {' or '.join(words)}" if words else ""))
    for each in mutants:
        wrong((HERE / each.file).read_text(), each)  # all mistakes of the list before the long work
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Copy(pathlib.Path(folder), test)
        if not copy.builds() or not copy.passes():
            print(f"mutants: {test} does not build, or fails as it is", file=sys.stderr)
            return 1
        for each in mutants:
            outcomes.append(copy.try_out(each))
            because = f": {each.reason}" if each.reason else ""
            print(f"mutants: {each.name}: {outcomes[-1]}{because}", flush=True)
    faults = judge(mutants, outcomes) + ([] if words else too_few(outcomes))
    for fault in faults:
        print(f"mutants: FAIL: {fault}")
    print(f"mutants: {outcomes.count(NOTICED)} of {len(mutants)} wrong programs are noticed by {test}")
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BadList as error:
        print(f"mutants: {error}", file=sys.stderr)
        sys.exit(2)
