#!/usr/bin/env python3
"""The state of the house as figures to look at before a hand-over. Prints, never fails.

usage: house.py [ROOT]
"""
import pathlib
import re
import sys

LONG_FILE, LONG_FUNCTION = 400, 70
FOLDERS = ("src", "examples", "tests", "bench")


def functions(text):
    """(first line number, lines) of each function body of formatted code: from a line that opens a
    brace after a parenthesis to the closing brace in the same column."""
    start = {}
    for number, line in enumerate(text.splitlines(), 1):
        indent = len(line) - len(line.lstrip())
        opens = line.rstrip().endswith("{") and ")" in line and not re.match(
            r"\s*(if|for|while|switch|else|\}|namespace|struct|class|return|TEST)\b", line)
        if opens and line.lstrip().startswith(("[", "}")) is False and indent <= 2:
            start[indent] = number
        elif line.strip() == "}" and indent in start:
            first = start.pop(indent)
            yield first, number - first + 1


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0


def show(title, sizes):
    print(f"{title}: {len(sizes)}, median {percentile(sizes, 0.5)}, p90 {percentile(sizes, 0.9)}, "
          f"largest {max(sizes, default=0)}")


def show_list(title, lines):
    print(f"{title}: {len(lines)}")
    print(*(f"  {line}" for line in lines), sep="\n", end="\n" if lines else "")


def main(root):
    files = sorted(p for folder in FOLDERS for p in (root / folder).rglob("*") if p.suffix in (".h", ".cc"))
    text = {f.relative_to(root).as_posix(): f.read_text() for f in files}
    code = {path: body for path, body in text.items() if not path.endswith("_test.cc")}
    tests = {path: body for path, body in text.items() if path.endswith("_test.cc")}
    lines = {path: body.count("\n") for path, body in text.items()}
    bodies = [(size, f"{path}:{first}") for path, body in code.items() for first, size in functions(body)]

    print(f"lines: {sum(lines[p] for p in code)} code, {sum(lines[p] for p in tests)} unit tests")
    show("files", [lines[path] for path in code])
    show("functions", [size for size, _ in bodies])
    show_list(f"files over {LONG_FILE} lines", [f"{n} {p}" for p, n in lines.items() if n > LONG_FILE])
    show_list(f"functions over {LONG_FUNCTION} lines",
              [f"{size} {where}" for size, where in sorted(bodies, reverse=True) if size > LONG_FUNCTION])
    show_list(".cc files of core and codec without a test beside them",
              [p for p in code if re.match(r"src/(core|codec)/.*\.cc$", p) and p[:-3] + "_test.cc" not in text])
    show_list("headers without a purpose in their first line",
              [p for p, body in code.items() if p.endswith(".h") and not body.startswith("// ")])


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
