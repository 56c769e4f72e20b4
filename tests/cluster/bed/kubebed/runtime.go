package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	apitest "k8s.io/cri-api/pkg/apis/testing"
)

// processRuntime is the kubelet's container runtime (CRI), called in process.
// A sandbox is an IP address; a container is a process tree that sees the
// host's files under an overlay, with the pod's volumes mounted where the pod
// wants them.
type processRuntime struct {
	// The fake answers what a test bed can do without: statistics, checkpoints.
	*apitest.FakeRuntimeService
	cluster *cluster
	node    int
	images  *imageStore
	streams *streamServer

	mu         sync.Mutex
	sandboxes  map[string]*sandbox
	containers map[string]*container
	lastIP     int
}

var _ internalapi.RuntimeService = (*processRuntime)(nil)

func newRuntime(c *cluster, node int) (*processRuntime, error) {
	r := &processRuntime{
		FakeRuntimeService: apitest.NewFakeRuntimeService(),

		cluster:    c,
		node:       node,
		images:     newImageStore(c.path("images")),
		sandboxes:  map[string]*sandbox{},
		containers: map[string]*container{},
		lastIP:     1,
	}
	var err error
	r.streams, err = newStreamServer(r)
	return r, err
}

func newID() string {
	b := make([]byte, 16)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// container returns the named container or a NotFound error.
func (r *processRuntime) container(id string) (*container, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.containers[id]; c != nil {
		return c, nil
	}
	return nil, status.Errorf(codes.NotFound, "container %q not found", id)
}

func (r *processRuntime) Version(context.Context, string) (*runtimeapi.VersionResponse, error) {
	return &runtimeapi.VersionResponse{Version: "0.1.0", RuntimeName: "kubebed", RuntimeVersion: "0.1.0", RuntimeApiVersion: "v1"}, nil
}

func (r *processRuntime) Status(context.Context, bool) (*runtimeapi.StatusResponse, error) {
	return &runtimeapi.StatusResponse{Status: &runtimeapi.RuntimeStatus{Conditions: []*runtimeapi.RuntimeCondition{
		{Type: runtimeapi.RuntimeReady, Status: true},
		{Type: runtimeapi.NetworkReady, Status: true},
	}}}, nil
}
