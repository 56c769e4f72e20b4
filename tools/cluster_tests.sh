#!/bin/bash
# Runs the cluster tests, or says why not. KAI_REQUIRE=cluster makes a skip a failure.
# A rollout mostly waits, so they run on several beds side by side; what is held to fractions of a second first, on two.
#   cluster_tests.sh                                 all of tests/cluster, on four
#   cluster_tests.sh --beds=N PYTEST-ARGUMENT...     these, on so many
#   cluster_tests.sh PYTEST-ARGUMENT...              one plain run of pytest
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
python=$(tools/test_python.sh)
if [ $# = 0 ]; then set -- --beds=4 --durations=12 tests/cluster; fi
if [[ $1 != --beds=* ]]; then exec "$python" -m pytest "$@"; fi
beds=${1#--beds=}
shift
code=0
"$python" -m pytest -m quiet -n 2 "$@" || code=$?
"$python" -m pytest -m "not quiet" -n "$beds" "$@" || code=$?
exit $code
