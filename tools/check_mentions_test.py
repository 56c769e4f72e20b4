#!/usr/bin/env python3
"""Each pattern is found, ordinary text is not, and the caller is told by the exit code."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

import check_mentions


# One example per pattern, in pieces, so that this file does not speak of it either.
BAD = ("see /wor" + "k/main/x", "in share" + "d/design/a.md", "https://proxy.gol" + "ang.org")


def findings(text):
    with tempfile.TemporaryDirectory() as root:
        pathlib.Path(root, "a.md").write_text(text)
        return list(check_mentions.findings(root))


class CheckMentions(unittest.TestCase):
    def test_each_pattern_is_found_at_its_line(self):
        for pattern, bad in zip(check_mentions.PATTERNS, BAD, strict=True):
            self.assertRegex(bad, pattern)
            self.assertEqual([f.split(": ")[0] for f in findings(f"x\n{bad}\n")], ["a.md:2"], bad)

    def test_ordinary_text_is_clean(self):
        self.assertEqual(findings("the files in /usr/work/ and the shared library\n"), [])

    def test_what_git_does_not_track_is_not_looked_at(self):
        with tempfile.TemporaryDirectory() as root:
            for name in ("tracked.md", "own.md"):
                pathlib.Path(root, name).write_text(BAD[0])
            subprocess.run(["git", "init", "-q", root], check=True)
            subprocess.run(["git", "-C", root, "add", "tracked.md"], check=True)
            self.assertEqual([f.split(":")[0] for f in check_mentions.findings(root)], ["tracked.md"])

    def test_exit_code_reaches_the_caller(self):
        tool = pathlib.Path(__file__).with_name("check_mentions.py")
        with tempfile.TemporaryDirectory() as root:
            for text, code in (("fine", 0), (BAD[1], 1)):
                pathlib.Path(root, "a.md").write_text(text)
                self.assertEqual(subprocess.run([sys.executable, tool, root], capture_output=True).returncode, code)


if __name__ == "__main__":
    unittest.main()
