#!/bin/sh
# The familiar deploy command: hands every option to `kai-canary helm-deploy`. No decision lives here.
#   helm-charts/helm-deploy.sh --context=kai-production-cluster --env=production --canary --tag=v1.2.3
# The program is $KAI_CANARY, else a build of this checkout, else kai-canary in PATH.
# The chart is $KAI_CANARY_CHART (or --chart), else the folder kai/ beside this script.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

find_program() {
  if [ -n "${KAI_CANARY:-}" ]; then
    printf '%s\n' "$KAI_CANARY"
    return
  fi
  for program in "$here"/../build/release/bin/kai-canary "$here"/../build/dev/bin/kai-canary; do
    if [ -x "$program" ]; then
      printf '%s\n' "$program"
      return
    fi
  done
  command -v kai-canary || true
}

program=$(find_program)
if [ -z "$program" ] || ! command -v "$program" >/dev/null 2>&1; then
  echo "helm-deploy.sh: the program kai-canary was not found${KAI_CANARY:+ at KAI_CANARY=$KAI_CANARY}." >&2
  echo "Build it with 'make build', install it with 'make install', or set KAI_CANARY to its path." >&2
  exit 127
fi

KAI_CANARY_CHART=${KAI_CANARY_CHART:-$here/kai}
export KAI_CANARY_CHART
exec "$program" helm-deploy "$@"
