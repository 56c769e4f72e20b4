#!/bin/bash
# Runs the tests of the platform of one machine against the programs of a build folder, four side by
# side, since they mostly wait.
#   local_tests.sh BUILD_FOLDER [pytest argument...]     without any: all of tests/local
set -euo pipefail
cd "$(dirname "$0")/.."
KAI_BUILD_DIR=$(realpath "$1")
export KAI_BUILD_DIR
shift

# The first python that has both: a private one in PATH may hide Debian's, which setup equips.
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import pytest, xdist' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "${python-}" ]; then
  echo "local tests: FAILED, no python3 has pytest and its xdist; run 'make setup'" >&2
  exit 1
fi
if [ $# -eq 0 ]; then set -- -n 4 tests/local; fi
exec "$python" -m pytest -q -p no:cacheprovider "$@"
