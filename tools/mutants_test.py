#!/usr/bin/env python3
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import mutants  # noqa: E402

GOOD = """test: kai_test

# One more
a half is enough
src/a.cc
- x < y
+ x <= y

never asked
src/a.cc
- if (asked)
-   go();
+ go();
survives: it is always asked
"""


def one(reason=""):
    return mutants.Mutant("name", "src/a.cc", "x < y", "x <= y", reason)


class Mutants(unittest.TestCase):
    def test_a_list_names_the_program_and_what_is_made_wrong(self):
        test, (first, second) = mutants.read_list(GOOD)
        self.assertEqual(test, "kai_test")
        self.assertEqual(first, mutants.Mutant("a half is enough", "src/a.cc", "x < y", "x <= y"))
        self.assertEqual((second.before, second.after, second.reason), ("if (asked)\n  go();", "go();", "it is always asked"))

    def test_a_list_that_is_none_is_refused(self):
        for bad in ("", "a half is enough\nsrc/a.cc\n- x\n+ y", "test: t\n\nname\nsrc/a.cc\n- x\n+ x", "test: t\n\nname\n- x\n+ y"):
            with self.subTest(bad), self.assertRaises(mutants.BadList):
                mutants.read_list(bad)

    def test_what_is_made_wrong_is_there_once(self):
        self.assertEqual(mutants.wrong("if (x < y) z();", one()), "if (x <= y) z();")
        for text in ("if (x > y) z();", "x < y || x < y"):
            with self.subTest(text), self.assertRaises(mutants.BadList):
                mutants.wrong(text, one())

    def test_whoever_survives_needs_a_reason_and_no_one_else(self):
        many = [one()] * 39
        noticed = [mutants.NOTICED] * 39
        self.assertEqual(mutants.judge([*many, one("equal")], [*noticed, mutants.SURVIVES]), [])
        self.assertEqual(len(mutants.judge([*many, one()], [*noticed, mutants.SURVIVES])), 1)
        self.assertEqual(len(mutants.judge([*many, one("equal")], [*noticed, mutants.NOTICED])), 1)
        self.assertEqual(len(mutants.judge([*many, one()], [*noticed, mutants.BROKEN])), 1)

    def test_too_many_reasons_are_no_proof(self):
        self.assertEqual(mutants.too_few([mutants.NOTICED] * 19 + [mutants.SURVIVES]), [])
        self.assertEqual(len(mutants.too_few([mutants.NOTICED] * 18 + [mutants.SURVIVES])), 1)

    def test_whoever_asks_for_nothing_that_is_there_is_told(self):
        lists = str(mutants.HERE / "src" / "core" / "judge" / "mutants.txt")
        for arguments in (["/no/such/list"], [lists, "no such name"]):
            with self.subTest(arguments), self.assertRaises(mutants.BadList):
                mutants.main(arguments)

    def test_every_list_fits_the_sources(self):
        lists = list((mutants.HERE / "src").rglob("mutants.txt"))
        self.assertTrue(lists)
        for file in lists:
            for each in mutants.read_list(file.read_text())[1]:
                with self.subTest(each.name):
                    mutants.wrong((mutants.HERE / each.file).read_text(), each)


if __name__ == "__main__":
    unittest.main()
