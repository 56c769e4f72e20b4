#!/usr/bin/env python3
"""Builds one small program well and once with each fault, and reads what check_elf says of it."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

import check_elf

TOOL = pathlib.Path(__file__).with_name("check_elf.py")

SOURCE = """#include <cstring>
#include <cstdlib>
namespace kai::engine { __attribute__((noinline)) void tick(char* to, const char* from) { std::strcpy(to, from); } }
int main(int count, char** text) { char to[8]; if (count > 1) kai::engine::tick(to, text[1]);
  std::strcpy(to, text[0]); return std::atoi(to); }
"""
GOOD = ["-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2", "-fPIE", "-pie", "-Wl,-z,relro,-z,now"]


def build(folder, *flags):
    program = pathlib.Path(folder, "program")
    subprocess.run(["g++", "-x", "c++", "-", "-o", program, *flags], input=SOURCE, text=True,
                   check=True, capture_output=True)
    return program


def exit_code(*arguments):
    return subprocess.run([sys.executable, TOOL, *arguments], capture_output=True).returncode


def faults(*flags):
    with tempfile.TemporaryDirectory() as folder:
        program = build(folder, *GOOD, *flags)
        output = check_elf.output
        return check_elf.hardening_faults(output("readelf", "--wide", "-hl", program),
                                          output("readelf", "--wide", "-d", program),
                                          output("nm", "--dynamic", program))


class CheckElf(unittest.TestCase):
    def test_a_hardened_program_has_no_fault(self):
        self.assertEqual(faults(), [])

    def test_each_fault_is_named(self):
        for flag, fault in {"-no-pie": "not position independent", "-Wl,-z,norelro": "no RELRO segment",
                            "-Wl,-z,lazy": "lazy binding: RELRO is not full", "-Wl,-z,execstack": "executable stack",
                            "-Wl,-rpath,/x": "RUNPATH or RPATH",
                            "-U_FORTIFY_SOURCE": "no _chk symbol: FORTIFY is off"}.items():
            with self.subTest(flag):
                self.assertIn(fault, faults(flag))

    def test_a_foreign_namespace_is_found_in_a_program(self):
        with tempfile.TemporaryDirectory() as folder:
            program = str(build(folder))
            self.assertEqual(check_elf.main(["--without", "kai::engine", program]), 1)
            self.assertEqual(check_elf.main(["--without", "kai::edges", program]), 0)

    def test_text_relocations_are_named(self):
        self.assertIn("text relocations", check_elf.hardening_faults("", " 0x16 (TEXTREL) 0x0", ""))

    def test_exit_code_reaches_the_caller(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(exit_code(build(folder, *GOOD)), 0)
            self.assertEqual(exit_code(build(folder, *GOOD, "-Wl,-z,execstack")), 1)
            self.assertEqual(exit_code(pathlib.Path(folder, "absent")), 1)

    def test_a_stripped_program_shows_nothing_and_does_not_pass(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(exit_code("--without", "kai::edges", build(folder, *GOOD, "-s")), 1)


if __name__ == "__main__":
    unittest.main()
