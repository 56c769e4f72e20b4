#!/bin/bash
# Fuzzes each target in turn and says how often it ran and whether it found something. A finding is
# kept beside the corpus that led there; the other targets still get their time.
#   fuzz.sh BUILD_DIRECTORY SECONDS_EACH
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1 seconds=$2
found=0 failed=0
while IFS= read -r line; do
  read -r program corpus <<<"$line"
  name=$(basename "$program")
  found=1
  # New inputs stay in the build directory; what is worth keeping is copied into the corpus by hand.
  mkdir -p "$build/corpus/$name"
  log=$build/$name.log
  verdict="no finding"
  "$build/$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$corpus/finding-" "$build/corpus/$name" "$corpus" >"$log" 2>&1 || {
    failed=1
    verdict="FINDING, see $log and $corpus"
    tail -n 40 "$log"
  }
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  echo "fuzz: $name: ${runs:-unknown} executions in $seconds s, $verdict"
done <"$build/fuzz_targets.txt"
if [ $found = 0 ]; then
  echo "fuzz: there is no target in tests/fuzz" >&2
  exit 1
fi
exit $failed
