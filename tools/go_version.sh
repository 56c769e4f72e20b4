#!/bin/bash
# Succeeds when there is a Go that can build the cluster bed; says what is wrong otherwise.
# Debian 12's own Go (1.19) is too old for it.
set -u
PATH=$PATH:/usr/local/go/bin
wanted=1.26
found=$(go env GOVERSION 2>/dev/null | sed 's/^go//')
if [ -z "$found" ]; then
  echo "no Go found; the cluster tests need Go $wanted or newer (https://go.dev/dl)"
  exit 1
fi
if [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n1)" != "$wanted" ]; then
  echo "Go $found is too old; the cluster tests need Go $wanted or newer (https://go.dev/dl)"
  exit 1
fi
