#!/bin/bash
# Runs the splitter's tests against a program.
#   splitter_tests.sh PROGRAM [pytest argument...]
set -euo pipefail
cd "$(dirname "$0")/.."
KAI_SPLITTER_BIN=$(realpath "$1")
export KAI_SPLITTER_BIN
shift
exec "$(tools/test_python.sh)" -m pytest -q -p no:cacheprovider "${@:-tests/splitter}"
