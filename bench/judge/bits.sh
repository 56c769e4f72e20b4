#!/bin/bash
# One hash over compilers, optimisations and instruction sets; exit 1 when there are two.
# usage: bits.sh     from the top of the sources
set -euo pipefail
sources=(bench/judge/bits.cc src/core/judge/{sequential,sequential_update,sequential_decide}.cc
  src/core/judge/{sequential_snapshot,mixture,starts,recurrence,dispersion,effects}.cc
  src/core/judge/{interval_evidence,portable_math}.cc src/base/{error,check}.cc)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
compilers=(g++ clang++-19)
sets=("")
if [ "$(uname -m)" = x86_64 ]; then
  grep -q avx2 /proc/cpuinfo && sets+=("-mavx2 -mfma")
  grep -q avx512f /proc/cpuinfo && sets+=("-mavx512f -mavx512dq -mfma")
fi
for compiler in "${compilers[@]}"; do
  for level in -O0 -O1 -O2 -O3; do
    for set in "${sets[@]}"; do
      # shellcheck disable=SC2086
      "$compiler" -std=c++23 $level $set -ffp-contract=off -I. -Isrc "${sources[@]}" -lfmt \
        -o "$folder/bits"
      hash=$("$folder/bits")
      echo "$hash  $compiler $level $set"
      echo "$hash" >>"$folder/hashes"
    done
  done
done
different=$(sort -u "$folder/hashes" | wc -l)
echo "$different hash(es) of $(wc -l <"$folder/hashes") programs"
[ "$different" = 1 ]
