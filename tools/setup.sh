#!/bin/bash
# Installs what packages.txt names and this machine lacks. Quick when nothing is missing.
#   setup.sh [FILE]     another list of packages, seen from the top
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
while read -r package command _; do
  case $package in ''|'#'*) continue ;; esac
  if [ -n "$command" ] && command -v "$command" >/dev/null; then continue; fi
  missing+=("$package")
done <"${1:-packages.txt}"

# One dpkg-query for all: it prints a line for each package that is installed.
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${missing[@]}" 2>/dev/null |
  sed -n 's/ installed$//p' || true)
wanted=()
for package in "${missing[@]}"; do
  grep -qxF "$package" <<<"$installed" || wanted+=("$package")
done
if [ ${#wanted[@]} -eq 0 ]; then exit 0; fi

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || {
    echo "setup: these packages are missing and neither root nor sudo is at hand: ${wanted[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
apt() { # Another apt-get may hold the lock for a while, as on a machine that was just started.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq "$@" </dev/null
}
echo "setup: installing ${wanted[*]}"
apt update
apt install -y --no-install-recommends "${wanted[@]}" >/dev/null
