#!/bin/bash
# Runs every benchmark, also after one that is over its bound; each prints number, bound and pass or
# FAIL. The memory of a whole rollout is measured on the cluster bed, where there is a Go to build it.
#   bench.sh BUILD_DIRECTORY
set -uo pipefail
cd "$(dirname "$0")/.."
build=$1
failed=0 found=0
for program in "$build"/bench/bench_*; do
  if [ ! -f "$program" ] || [ ! -x "$program" ]; then continue; fi
  found=1
  "$program" || failed=1
done
if [ $found = 0 ]; then
  echo "bench: there is no benchmark in $build/bench" >&2
  exit 1
fi
KAI_BUILD_DIR=$PWD/$build KAI_CANARY_BIN=$PWD/$build/bin/kai-canary \
  tools/cluster_tests.sh tests/cluster -q -s -k "test_good_version_is_promoted_and_nobody_notices and helm4 and not client" || failed=1
exit $failed
