#!/bin/bash
# clang-tidy over what the build compiles; two at a time, since each needs up to a gigabyte.
#   tidy.sh BUILD_DIRECTORY [FILE...]     all sources of the build when no file is named
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
shift
mapfile -t known < <(python3 - "$build" <<'PY'
import json, os, sys
commands = json.load(open(os.path.join(sys.argv[1], "compile_commands.json")))
here = os.getcwd() + "/"
files = {c["file"].removeprefix(here) for c in commands if c["file"].startswith(here)}
print(*sorted(f for f in files if not f.startswith("build/")), sep="\n")
PY
)
if [ $# -eq 0 ]; then
  files=("${known[@]}")
else
  # What is not compiled (a header, a script) is checked through the files that are.
  mapfile -t files < <(comm -12 <(printf '%s\n' "${known[@]}" | sort) <(printf '%s\n' "$@" | sort))
fi
if [ ${#files[@]} -eq 0 ]; then
  echo "tidy: nothing to check"
  exit 0
fi
echo "tidy: ${#files[@]} files"
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P 2 clang-tidy-19 -p "$build" --quiet --use-color=false
