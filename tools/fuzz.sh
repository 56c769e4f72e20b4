#!/bin/bash
# Fuzzes each target in turn; a finding stops it and is kept beside the corpus that led there.
#   fuzz.sh BUILD_DIRECTORY SECONDS_EACH
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1 seconds=$2
found=0
while IFS= read -r line; do
  read -r program corpus <<<"$line"
  found=1
  # New inputs stay in the build directory; what is worth keeping is copied into the corpus by hand.
  mkdir -p "$build/corpus/$(basename "$program")"
  echo "fuzz: $(basename "$program") for $seconds s"
  "$build/$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$corpus/finding-" "$build/corpus/$(basename "$program")" "$corpus"
done <"$build/fuzz_targets.txt"
if [ $found = 0 ]; then
  echo "fuzz: there is no target in tests/fuzz" >&2
  exit 1
fi
