#!/bin/bash
# Runs the cluster tests, or says why not. KAI_REQUIRE=cluster makes a skip a failure.
#   cluster_tests.sh [pytest argument...]     without any: all of tests/cluster, on two beds
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
# The first python that has pytest: a private one in PATH may hide Debian's, which setup equips.
python=
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import pytest' 2>/dev/null; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
  echo "cluster tests: FAILED, no python3 has pytest; run 'make setup'" >&2
  exit 1
fi
if [ $# -gt 0 ]; then exec "$python" -m pytest "$@"; fi

# All of them, on two beds side by side: a rollout mostly waits. What one of them says is shown when
# the other is through.
one=(tests/cluster/test_{promotion,rollback,sequential,unknown,vanishing}.py)
log=$(mktemp)
first=
trap 'rm -f "$log"; if [ -n "$first" ]; then kill "$first" 2>/dev/null || true; fi' EXIT
"$python" -m pytest "${one[@]}" >"$log" 2>&1 &
first=$!
code=0
"$python" -m pytest tests/cluster "${one[@]/#/--ignore=}" || code=$?
wait "$first" || code=$?
first=
cat "$log"
exit "$code"
