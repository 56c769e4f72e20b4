#!/bin/bash
# build.sh OUT: builds OUT/kubebed, and beside it in OUT/crds the Gateway API CRDs of the module version in go.mod.
# The version stamp is what the API server and kubectl report.
set -eu
cd "$(dirname "$0")"
out=$1
export CGO_ENABLED=0 GOFLAGS="-buildvcs=false -mod=readonly"
version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
minor=${version#v1.} minor=${minor%%.*}
stamp=k8s.io/component-base/version
nice -n 10 go build -trimpath -o "$out/kubebed" \
  -ldflags "-s -w -X $stamp.gitVersion=$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=$minor -X $stamp.gitTreeState=clean" .
crds=$(go list -m -f '{{.Dir}}' sigs.k8s.io/gateway-api)/config/crd/standard
mkdir -p "$out/crds"
install -m644 "$crds"/gateway.networking*.yaml "$out/crds/"
