#!/bin/bash
# Runs the splitter's tests against a program.
#   splitter_tests.sh PROGRAM [pytest argument...]
set -euo pipefail
cd "$(dirname "$0")/.."
KAI_SPLITTER_BIN=$(realpath "$1")
export KAI_SPLITTER_BIN
shift
# The first python that has pytest: a private one in PATH may hide Debian's, which setup equips.
for python in python3 /usr/bin/python3; do
  if "$python" -c 'import pytest' 2>/dev/null; then
    exec "$python" -m pytest -q -p no:cacheprovider "${@:-tests/splitter}"
  fi
done
echo "splitter tests: FAILED, no python3 has pytest; run 'make setup'" >&2
exit 1
