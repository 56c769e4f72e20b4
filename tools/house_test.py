#!/usr/bin/env python3
"""The figures of a small tree are the ones that a person would count."""
import contextlib
import io
import pathlib
import tempfile
import unittest

import house

LONG = "\n".join(f"  int a{i} = {i};" for i in range(house.LONG_FUNCTION))


def printed(tree):
    with tempfile.TemporaryDirectory() as root:
        for path, text in tree.items():
            file = pathlib.Path(root, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            house.main(pathlib.Path(root))
        return output.getvalue().splitlines()


class House(unittest.TestCase):
    def test_functions_are_found_with_their_length(self):
        text = ("namespace kai {\nint one(int a) {\n  return a;\n}\n"
                "class C {\n  void two() {\n    if (a) {\n      b();\n    }\n  }\n};\n}  // namespace kai\n")
        self.assertEqual(list(house.functions(text)), [(2, 3), (6, 5)])

    def test_branches_and_lambdas_are_no_functions(self):
        self.assertEqual(list(house.functions("if (a) {\n}\n  for (;;) {\n  }\n[](int a) {\n}\n")), [])

    def test_percentiles_are_values_of_the_list(self):
        self.assertEqual([house.percentile([3, 1, 2, 4], share) for share in (0, 0.5, 0.9)], [1, 3, 4])
        self.assertEqual(house.percentile([], 0.5), 0)

    def test_tests_are_counted_apart(self):
        lines = printed({"src/base/a.cc": "int a;\n", "src/base/a_test.cc": "int b;\nint c;\n"})
        self.assertEqual(lines[0], "lines: 1 code, 2 unit tests")

    def test_what_is_too_long_is_named(self):
        lines = printed({"src/base/a.cc": f"void long_one() {{\n{LONG}\n}}\n", "src/base/b.cc": "\n" * 401})
        self.assertIn("  401 src/base/b.cc", lines)
        self.assertIn(f"  {house.LONG_FUNCTION + 2} src/base/a.cc:1", lines)

    def test_core_without_a_test_and_a_header_without_a_purpose_are_named(self):
        tree = {"src/core/plan/a.cc": "", "src/core/plan/b.cc": "", "src/core/plan/b_test.cc": "",
                "src/net/c.cc": "", "src/net/good.h": "// A purpose.\n", "src/net/bad.h": "#pragma once\n"}
        self.assertEqual([line for line in printed(tree) if line.startswith("  ")],
                         ["  src/core/plan/a.cc", "  src/net/bad.h"])


if __name__ == "__main__":
    unittest.main()
