#!/usr/bin/env python3
"""Each pattern is found in a tree without git, and ordinary text is not."""
import pathlib
import tempfile
import unittest

import check_mentions


def findings(text):
    with tempfile.TemporaryDirectory() as root:
        pathlib.Path(root, "a.md").write_text(text)
        return list(check_mentions.findings(root))


class CheckMentions(unittest.TestCase):
    def test_each_pattern_is_found_at_its_line(self):
        for bad in ("see /wor" + "k/main/x", "in share" + "d/design/a.md", "https://proxy.gol" + "ang.org"):
            self.assertEqual([f.split(": ")[0] for f in findings(f"x\n{bad}\n")], ["a.md:2"], bad)

    def test_ordinary_text_is_clean(self):
        self.assertEqual(findings("the files in /usr/work/ and the shared library\n"), [])


if __name__ == "__main__":
    unittest.main()
