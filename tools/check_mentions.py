#!/usr/bin/env python3
"""Nothing that is committed may speak of the machine it was written on, which no reader has.

usage: check_mentions.py [ROOT]     exit 0: clean, 1: findings, one `file:line: reason` each
"""
import pathlib
import re
import subprocess
import sys

# Each pattern is written so that it does not match itself.
PATTERNS = [
    re.compile(r"(?<![\w.])/[w]ork/(main|shared)"),
    re.compile(r"\b[s]hared/(design|testbed|seed|bench)\b"),
    re.compile(r"registry\.[n]pmjs|files\.[p]ythonhosted|proxy\.[g]olang"),
]


def tracked_files(root):
    listed = subprocess.run(["git", "-C", root, "-c", "safe.directory=*", "ls-files", "-z"],
                            capture_output=True)
    if listed.returncode == 0:
        return [pathlib.Path(root, name) for name in listed.stdout.decode().split("\0") if name]
    # An unpacked archive: everything but what was built.
    return [p for p in pathlib.Path(root).rglob("*") if p.relative_to(root).parts[0] not in ("build", "dist")]


def findings(root):
    for file in sorted(tracked_files(root)):
        if not file.is_file():
            continue
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
            for pattern in PATTERNS:
                match = pattern.search(line)
                if match:
                    yield f"{file.relative_to(root)}:{number}: speaks of '{match[0]}', which no reader has"


if __name__ == "__main__":
    found = list(findings(sys.argv[1] if len(sys.argv) > 1 else "."))
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(1 if found else 0)
