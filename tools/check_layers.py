#!/usr/bin/env python3
"""Includes go one way, and nothing goes round the seams: prints each place in src/ where not.

usage: check_layers.py [ROOT]     exit 0: clean, 1: findings, one `file:line: reason` each
"""
import pathlib
import re
import sys

from layers import FORBIDDEN, LAYERS, THIRD_PARTY


def layer_of(path):
    fits = [key for key in LAYERS if path.startswith(key if key.endswith(("_", ".")) else key + "/")]
    return max(fits, key=len, default=None)


def include_error(path, key, target):
    """Why the file `path` of layer `key` may not include `target`; None when it may."""
    test, (ours, others) = path.endswith("_test.cc"), LAYERS[key]
    party = next((name for prefix, name in THIRD_PARTY.items() if target.startswith(prefix)), None)
    if party:
        if path.endswith(".h"):
            return f"a header may not include {target}: it costs every includer seconds"
        if party in others.split() or (test and party == "test"):
            return None
        return f"{key} may not include {target}"
    if "/" not in target or re.match(r"(sys|netinet|arpa|linux)/", target):
        return None  # the standard library, or a system header (see FORBIDDEN)
    own = path.rpartition("/")[0] + "/" if key.startswith("edges") else key.split(".")[0] + "/"
    may = [own] + [name if "." in name else name + "/" for name in ours.split()]
    if ours == "*" or target.startswith(tuple(may)) or (test and target.startswith("tests/fakes/")):
        return None
    return f"{key}/ may not include {target.rpartition('/')[0]}/"


def findings(root):
    source = pathlib.Path(root) / "src"
    for file in sorted(p for p in source.rglob("*") if p.suffix in (".h", ".cc")):
        path = file.relative_to(source).as_posix()
        key = layer_of(path)
        if not key:
            yield f"src/{path}:1: no rule for this folder: add it to tools/layers.py"
            continue
        # A *_contract.cc is a program with a main that cluster tests drive an edge with, in real time.
        rules = [] if path.endswith("_contract.cc") else FORBIDDEN[:1] if path.endswith("_test.cc") else FORBIDDEN
        rules = [r for r in rules if re.match(r[1], path) and not (r[2] and re.match(r[2], path))]
        for number, line in enumerate(file.read_text().splitlines(), 1):
            line = re.sub(r"(^|\s)//.*", "", line)
            include = re.match(r'\s*#\s*include\s*[<"]([^>"]+)', line)
            error = include and include_error(path, key, include[1])
            if error:
                yield f"src/{path}:{number}: {error}"
            for name, _, _, pattern in rules:
                if re.search(pattern, line):
                    yield f"src/{path}:{number}: {key}/ may not contain {name}"


if __name__ == "__main__":
    found = list(findings(sys.argv[1] if len(sys.argv) > 1 else "."))
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(1 if found else 0)
