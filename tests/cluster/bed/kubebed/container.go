package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// container fields below config are guarded by processRuntime.mu.
type container struct {
	id      string
	sandbox *sandbox
	config  *runtimeapi.ContainerConfig
	image   *image
	created time.Time

	state             runtimeapi.ContainerState
	started, finished time.Time
	exitCode          int
	proc              *process
}

func (r *processRuntime) CreateContainer(_ context.Context, sandboxID string, config *runtimeapi.ContainerConfig, _ *runtimeapi.PodSandboxConfig) (string, error) {
	img, err := r.images.find(config.Image.UserSpecifiedImage)
	if img == nil && err == nil {
		img, err = r.images.find(config.Image.Image)
	}
	if err != nil {
		return "", err
	}
	if img == nil {
		return "", status.Errorf(codes.NotFound, "image %q not found", config.Image.Image)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sandboxes[sandboxID]
	if s == nil {
		return "", status.Errorf(codes.NotFound, "sandbox %q not found", sandboxID)
	}
	c := &container{id: newID(), sandbox: s, config: config, image: img, created: time.Now(), state: runtimeapi.ContainerState_CONTAINER_CREATED}
	r.containers[c.id] = c
	return c.id, nil
}

func (r *processRuntime) StartContainer(_ context.Context, id string) error {
	c, err := r.container(id)
	if err != nil {
		return err
	}
	p, err := startProcess(r.spec(c), c.logFile())
	r.mu.Lock()
	defer r.mu.Unlock()
	c.started = time.Now()
	if err != nil {
		c.state, c.exitCode, c.finished = runtimeapi.ContainerState_CONTAINER_EXITED, 128, c.started
		return err
	}
	c.proc, c.state = p, runtimeapi.ContainerState_CONTAINER_RUNNING
	go func() {
		code := p.wait()
		r.mu.Lock()
		defer r.mu.Unlock()
		c.state, c.exitCode, c.finished = runtimeapi.ContainerState_CONTAINER_EXITED, code, time.Now()
	}()
	return nil
}

func (c *container) logFile() string {
	return filepath.Join(c.sandbox.config.LogDirectory, c.config.LogPath)
}

// spec says what the container's first process has to set up and run.
func (r *processRuntime) spec(c *container) *initSpec {
	sc := c.config.GetLinux().GetSecurityContext()
	hostname := c.sandbox.config.Hostname
	ip := c.sandbox.ip
	if ip == "" {
		ip = nodeIP(r.node)
	}
	s := &initSpec{
		Scratch:  r.cluster.path("run"),
		Run:      c.image.run,
		Name:     filepath.Base(c.image.name),
		Args:     append(append([]string{}, c.config.Command...), c.config.Args...),
		Cwd:      c.config.WorkingDir,
		Env:      []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "HOSTNAME=" + hostname, "POD_IP=" + ip},
		Hostname: hostname,
		Netns:    c.sandbox.netns,
		ReadOnly: sc.GetReadonlyRootfs(),
		UID:      int(sc.GetRunAsUser().GetValue()),
		GID:      int(sc.GetRunAsGroup().GetValue()),
	}
	if len(c.config.Command) == 0 {
		s.Args = append(append([]string{entrypoint}, c.image.args...), c.config.Args...)
	}
	for _, e := range c.config.Envs {
		s.Env = append(s.Env, e.Key+"="+string(e.Value))
	}
	for _, m := range c.config.Mounts {
		s.Mounts = append(s.Mounts, bindMount{m.HostPath, m.ContainerPath, m.Readonly})
	}
	for _, g := range sc.GetSupplementalGroups() {
		s.Groups = append(s.Groups, int(g))
	}
	return s
}

func (r *processRuntime) StopContainer(_ context.Context, id string, timeout int64) error {
	c, err := r.container(id)
	if status.Code(err) == codes.NotFound {
		return nil
	}
	r.mu.Lock()
	p := c.proc
	r.mu.Unlock()
	if p != nil {
		p.stop(time.Duration(timeout) * time.Second)
	}
	return nil
}

func (r *processRuntime) RemoveContainer(ctx context.Context, id string) error {
	if err := r.StopContainer(ctx, id, 0); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.containers[id]; c != nil {
		os.Remove(c.logFile())
		delete(r.containers, id)
	}
	return nil
}

func (r *processRuntime) ListContainers(_ context.Context, f *runtimeapi.ContainerFilter) ([]*runtimeapi.Container, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []*runtimeapi.Container
	for _, c := range r.containers {
		if f.GetId() != "" && f.Id != c.id || f.GetPodSandboxId() != "" && f.PodSandboxId != c.sandbox.id ||
			f.GetState() != nil && f.State.State != c.state || !matches(f.GetLabelSelector(), c.config.Labels) {
			continue
		}
		out = append(out, &runtimeapi.Container{
			Id: c.id, PodSandboxId: c.sandbox.id, Metadata: c.config.Metadata, State: c.state, CreatedAt: c.created.UnixNano(),
			Image: c.imageSpec(), ImageRef: c.image.ref(), ImageId: c.image.digest,
			Labels: c.config.Labels, Annotations: c.config.Annotations,
		})
	}
	return out, nil
}

func (c *container) imageSpec() *runtimeapi.ImageSpec {
	return &runtimeapi.ImageSpec{Image: c.image.name + ":" + c.image.tag}
}

func (r *processRuntime) ContainerStatus(_ context.Context, id string, _ bool) (*runtimeapi.ContainerStatusResponse, error) {
	c, err := r.container(id)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	st := &runtimeapi.ContainerStatus{
		Id: c.id, Metadata: c.config.Metadata, State: c.state, CreatedAt: c.created.UnixNano(),
		// No ImageId: the kubelet would report it, and a digest with a name says more.
		Image: c.imageSpec(), ImageRef: c.image.ref(),
		Labels: c.config.Labels, Annotations: c.config.Annotations, Mounts: c.config.Mounts, LogPath: c.logFile(),
	}
	if !c.started.IsZero() {
		st.StartedAt = c.started.UnixNano()
	}
	if c.state == runtimeapi.ContainerState_CONTAINER_EXITED {
		st.FinishedAt, st.ExitCode, st.Reason = c.finished.UnixNano(), int32(c.exitCode), "Completed"
		if c.exitCode != 0 {
			st.Reason = "Error"
		}
	}
	return &runtimeapi.ContainerStatusResponse{Status: st}, nil
}

func (r *processRuntime) ReopenContainerLog(_ context.Context, id string) error {
	c, err := r.container(id)
	if err != nil {
		return err
	}
	r.mu.Lock()
	p := c.proc
	r.mu.Unlock()
	if p == nil {
		return status.Errorf(codes.FailedPrecondition, "container %q is not running", id)
	}
	return p.log.open()
}

// killAll ends what is left when the kubelet stops.
func (r *processRuntime) killAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.containers {
		if c.proc != nil {
			c.proc.os.Kill() // does nothing if it has ended
		}
	}
}
