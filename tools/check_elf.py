#!/usr/bin/env python3
"""Checks a program as it is shipped: PIE, full RELRO, no executable stack, no RUNPATH, no text
relocations, FORTIFY in use; or, with --without, that no symbol of the named namespaces is in it.

usage: check_elf.py [--without NAMESPACE,NAMESPACE...] PROGRAM
"""
import pathlib
import re
import subprocess
import sys


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, env={"LC_ALL": "C"}).stdout


def hardening_faults(headers, dynamic, symbols):
    """What is wrong with a program of which readelf said these things."""
    stack = re.search(r"GNU_STACK(?:\s+0x\w+){5}\s+(\w+)", headers.replace("\n", " "))
    checks = [
        ("not position independent", re.search(r"Type:\s+DYN", headers)),
        ("no RELRO segment", "GNU_RELRO" in headers),
        ("lazy binding: RELRO is not full", re.search(r"BIND_NOW|FLAGS_1.*NOW", dynamic)),
        ("executable stack", stack and "E" not in stack[1]),
        ("RUNPATH or RPATH", not re.search(r"\((RUNPATH|RPATH)\)", dynamic)),
        ("text relocations", "TEXTREL" not in dynamic),
        ("no _chk symbol: FORTIFY is off", re.search(r"__\w+_chk\b", symbols)),
    ]
    return [fault for fault, fine in checks if not fine]


def main(arguments):
    program = arguments[-1]
    if not pathlib.Path(program).is_file():
        print(f"{program}: there is no such program; build it first")
        return 1
    if arguments[0] == "--without":
        symbols = output("nm", "--demangle", "--defined-only", program)
        faults = [f"holds symbols of {name}" for name in arguments[1].split(",") if f"{name}::" in symbols]
        if not symbols:
            faults = ["has no symbols, so nothing is shown"]
    else:
        faults = hardening_faults(output("readelf", "--wide", "-hl", program),
                                  output("readelf", "--wide", "-d", program),
                                  output("nm", "--dynamic", program))
    for fault in faults:
        print(f"{program}: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
