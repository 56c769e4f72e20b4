#!/bin/bash
# Runs the tests of the platform of one machine against the programs of a build folder, four shares of
# them side by side, since they mostly wait.
#   local_tests.sh BUILD_FOLDER [pytest argument...]     with arguments: one run
set -euo pipefail
cd "$(dirname "$0")/.."
KAI_BUILD_DIR=$(realpath "$1")
export KAI_BUILD_DIR
shift
shares=4

# The first python that has pytest: a private one in PATH may hide Debian's, which setup equips.
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import pytest' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "${python-}" ]; then
  echo "local tests: FAILED, no python3 has pytest; run 'make setup'" >&2
  exit 1
fi
test_run() { "$python" -m pytest -q -p no:cacheprovider "$@"; }
if [ $# -gt 0 ]; then
  test_run "$@"
  exit
fi

outputs=$(mktemp -d)
trap 'rm -rf "$outputs"' EXIT
runs=()
for ((share = 0; share < shares; ++share)); do
  KAI_SHARE=$share/$shares test_run tests/local >"$outputs/$share" 2>&1 &
  runs+=($!)
done
failed=0
for ((share = 0; share < shares; ++share)); do
  wait "${runs[$share]}" || failed=1
  cat "$outputs/$share"
done
exit $failed
