package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

type sandbox struct {
	id      string
	config  *runtimeapi.PodSandboxConfig
	ip      string // empty with hostNetwork
	netns   string // name, only with -pod-netns
	created time.Time
	ready   bool
}

func (r *processRuntime) RunPodSandbox(_ context.Context, config *runtimeapi.PodSandboxConfig, _ string) (string, error) {
	s := &sandbox{id: newID(), config: config, created: time.Now(), ready: true}
	hostNetwork := config.GetLinux().GetSecurityContext().GetNamespaceOptions().GetNetwork() == runtimeapi.NamespaceMode_NODE
	r.mu.Lock()
	defer r.mu.Unlock()
	if !hostNetwork {
		ip, err := r.allocateIP()
		if err != nil {
			return "", err
		}
		s.ip = ip
		if r.cluster.opts.PodNetns {
			s.netns = r.cluster.netns + "-" + s.id[:8]
			if err := attachPodNetns(s.netns, s.ip, "kb"+s.id[:8]); err != nil {
				return "", err
			}
		}
	}
	r.sandboxes[s.id] = s
	return s.id, nil
}

// allocateIP hands out 10.200.(node+1).2 to .254 in turn, so that an address
// is not reused soon after its pod is gone.
func (r *processRuntime) allocateIP() (string, error) {
	used := map[string]bool{}
	for _, s := range r.sandboxes {
		used[s.ip] = s.ready || used[s.ip]
	}
	for range 253 {
		r.lastIP++
		if r.lastIP > 254 {
			r.lastIP = 2
		}
		if ip := fmt.Sprintf("10.200.%d.%d", r.node+1, r.lastIP); !used[ip] {
			return ip, nil
		}
	}
	return "", fmt.Errorf("node %d has no free pod address", r.node)
}

func (r *processRuntime) StopPodSandbox(_ context.Context, id string) error {
	r.mu.Lock()
	s := r.sandboxes[id]
	var running []*process
	for _, c := range r.containers {
		if c.sandbox.id == id && c.proc != nil {
			running = append(running, c.proc)
		}
	}
	r.mu.Unlock()
	for _, p := range running {
		p.stop(0)
	}
	if s == nil {
		return nil
	}
	r.mu.Lock()
	wasReady := s.ready
	s.ready = false
	r.mu.Unlock()
	if wasReady && s.netns != "" {
		return run("ip", "netns", "del", s.netns) // takes the veth pair along
	}
	return nil
}

func (r *processRuntime) RemovePodSandbox(ctx context.Context, id string) error {
	if err := r.StopPodSandbox(ctx, id); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for cid, c := range r.containers {
		if c.sandbox.id == id {
			delete(r.containers, cid)
		}
	}
	delete(r.sandboxes, id)
	return nil
}

func (s *sandbox) state() runtimeapi.PodSandboxState {
	if s.ready {
		return runtimeapi.PodSandboxState_SANDBOX_READY
	}
	return runtimeapi.PodSandboxState_SANDBOX_NOTREADY
}

func (r *processRuntime) PodSandboxStatus(_ context.Context, id string, _ bool) (*runtimeapi.PodSandboxStatusResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sandboxes[id]
	if s == nil {
		return nil, status.Errorf(codes.NotFound, "sandbox %q not found", id)
	}
	return &runtimeapi.PodSandboxStatusResponse{Status: &runtimeapi.PodSandboxStatus{
		Id: s.id, Metadata: s.config.Metadata, State: s.state(), CreatedAt: s.created.UnixNano(),
		Network: &runtimeapi.PodSandboxNetworkStatus{Ip: s.ip},
		Linux:   &runtimeapi.LinuxPodSandboxStatus{Namespaces: &runtimeapi.Namespace{Options: s.config.GetLinux().GetSecurityContext().GetNamespaceOptions()}},
		Labels:  s.config.Labels, Annotations: s.config.Annotations,
	}}, nil
}

func (r *processRuntime) ListPodSandbox(_ context.Context, f *runtimeapi.PodSandboxFilter) ([]*runtimeapi.PodSandbox, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []*runtimeapi.PodSandbox
	for _, s := range r.sandboxes {
		if f.GetId() != "" && f.Id != s.id || f.GetState() != nil && f.State.State != s.state() || !matches(f.GetLabelSelector(), s.config.Labels) {
			continue
		}
		out = append(out, &runtimeapi.PodSandbox{
			Id: s.id, Metadata: s.config.Metadata, State: s.state(), CreatedAt: s.created.UnixNano(),
			Labels: s.config.Labels, Annotations: s.config.Annotations,
		})
	}
	return out, nil
}

func matches(selector, labels map[string]string) bool {
	for k, v := range selector {
		if labels[k] != v {
			return false
		}
	}
	return true
}

// attachPodNetns gives a pod its own network namespace, joined to the
// cluster's by a veth pair and a host route.
func attachPodNetns(name, ip, veth string) error {
	if err := run("ip", "netns", "add", name); err != nil {
		return err
	}
	for _, line := range []string{
		"link add " + veth + " type veth peer name eth0 netns " + name,
		"link set " + veth + " up",
		"route add " + ip + "/32 dev " + veth + " src " + masterIP,
		"-n " + name + " link set lo up",
		"-n " + name + " link set eth0 up",
		"-n " + name + " addr add " + ip + "/32 dev eth0",
		"-n " + name + " route add " + masterIP + " dev eth0",
		"-n " + name + " route add default via " + masterIP,
	} {
		if err := run("ip", strings.Fields(line)...); err != nil {
			run("ip", "netns", "del", name)
			return err
		}
	}
	return nil
}
