#!/bin/bash
# Builds a Go program through a throw-away wrapper module, so that the replace and exclude lines of its own module
# are obeyed (`go install PACKAGE@VERSION` refuses a module that has replaces).
#   build_go_tool.sh OUT MODULE VERSION PACKAGE [go build flags...]      -> OUT/<last part of PACKAGE>
# Environment: PATCH_FILE and PATCH, a file of the module and a sed script that must change it.
set -eu
out=$1 module=$2 version=$3 package=$4; shift 4
export GOFLAGS="-buildvcs=false -mod=mod" CGO_ENABLED=0
mkdir -p "$out"; out=$(cd "$out" && pwd)
wrapper=$(mktemp -d); trap 'rm -rf "$wrapper"' EXIT
cd "$wrapper"
go mod init wrapper >/dev/null 2>&1
go_mod=$(go mod download -json "$module@$version" | python3 -c 'import json,sys; print(json.load(sys.stdin)["GoMod"])')
python3 - "$go_mod" > edits <<'PY'
import json, subprocess, sys
mod = json.loads(subprocess.check_output(["go", "mod", "edit", "-json", sys.argv[1]]))
for replace in mod.get("Replace") or []:
    old, new = replace["Old"], replace["New"]
    if not new.get("Version"):
        sys.exit("local replace of " + old["Path"] + ": this module cannot be built from the proxy alone")
    at = "@" + old["Version"] if old.get("Version") else ""
    print("-replace=%s%s=%s@%s" % (old["Path"], at, new["Path"], new["Version"]))
for exclude in mod.get("Exclude") or []:
    print("-exclude=%s@%s" % (exclude["Path"], exclude["Version"]))
print("-go=%s" % mod["Go"])
PY
xargs -a edits go mod edit
go mod edit -require="$module@$version"
if [ -n "${PATCH_FILE:-}" ]; then
  source=$(go mod download -json "$module@$version" | python3 -c 'import json,sys; print(json.load(sys.stdin)["Dir"])')
  cp -r --no-preserve=mode "$source" module
  sed -i "$PATCH" "module/$PATCH_FILE"
  ! cmp -s "$source/$PATCH_FILE" "module/$PATCH_FILE" || { echo "$PATCH_FILE of $module $version is not changed by: $PATCH" >&2; exit 1; }
  go mod edit -replace="$module=./module"
fi
tags=()
for flag; do case $flag in -tags=*) tags=("$flag") ;; esac; done
go list -deps "${tags[@]}" "$package" >/dev/null # downloads only the modules that are needed
nice -n 10 go build -trimpath -o "$out/" "$@" "$package"
