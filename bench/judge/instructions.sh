#!/bin/bash
# Instructions per series and interval with every slot in use, by callgrind: the same on every run and
# every busy machine. Two runs, so that what comes before the frames cancels.
# usage: instructions.sh BUILD_DIRECTORY     after building the target judge_instructions there
set -euo pipefail
program=$1/bench/judge/judge_instructions
few=64 many=320 series=10
if ! command -v valgrind >/dev/null; then
  echo "instructions.sh: valgrind is not installed" >&2
  exit 2
fi
collected() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" 2>&1 | awk '/Collected/ {print $NF}'
}
echo "judge: $((($(collected $many) - $(collected $few)) / ((many - few) * series))) instructions per series and interval"
