#!/bin/bash
# Runs the tests of the platform of one machine against the programs of a build folder, four side by
# side, since they mostly wait.
#   local_tests.sh BUILD_FOLDER [pytest argument...]     without any: all of tests/local
set -euo pipefail
cd "$(dirname "$0")/.."
KAI_BUILD_DIR=$(realpath "$1")
export KAI_BUILD_DIR
shift

python=$(tools/test_python.sh)
if [ $# -eq 0 ]; then set -- -n 4 tests/local; fi
exec "$python" -m pytest -q -p no:cacheprovider "$@"
