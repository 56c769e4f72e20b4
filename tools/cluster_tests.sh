#!/bin/bash
# Runs the cluster tests, or says why not. KAI_REQUIRE=cluster makes a skip a failure.
# A rollout mostly waits, so they run on several beds side by side, KAI_BEDS=4; those that are held to fractions of a
# second first, on two.
#   cluster_tests.sh [pytest argument...]     without any: all of tests/cluster
set -euo pipefail
cd "$(dirname "$0")/.."

skip() {
  if [[ " ${KAI_REQUIRE:-} " == *cluster* ]]; then
    echo "cluster tests: FAILED, KAI_REQUIRE wants them: $1" >&2
    exit 1
  fi
  echo "cluster tests: SKIPPED: $1"
  exit 0
}
reason=$(tools/go_version.sh) || skip "$reason"
if [ ! -d tests/cluster ]; then skip "there is no tests/cluster in this tree"; fi

export PATH=$PATH:/usr/local/go/bin
tests/cluster/bed/install_tools.sh
# The first python that has both: a private one in PATH may hide Debian's, which setup equips.
python=
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import pytest, xdist' 2>/dev/null; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
  echo "cluster tests: FAILED, no python3 has pytest and its xdist; run 'make setup'" >&2
  exit 1
fi
if [ $# -gt 0 ]; then exec "$python" -m pytest "$@"; fi
code=0
"$python" -m pytest -m quiet -n 2 tests/cluster || code=$?
"$python" -m pytest -m "not quiet" -n "${KAI_BEDS:-4}" --durations=12 tests/cluster || code=$?
exit $code
