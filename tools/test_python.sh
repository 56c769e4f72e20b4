#!/bin/bash
# Prints the first python that has pytest and its xdist: a private one in PATH may hide Debian's, which setup equips.
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import pytest, xdist' 2>/dev/null; then
    echo "$candidate"
    exit 0
  fi
done
echo "tests: FAILED, no python3 has pytest and its xdist; run 'make setup'" >&2
exit 1
