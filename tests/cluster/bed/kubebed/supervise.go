package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// component is a child process of the supervisor.
type component struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}
}

// supervise runs inside the namespace. It starts the components, reports
// readiness in run/ready, and stops everything on SIGTERM or when one dies. A
// node may die once all is ready: tests kill nodes. SIGUSR1 starts dead nodes.
func supervise(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	c, err := openCluster(dir)
	if err != nil {
		return err
	}
	pid := []byte(strconv.Itoa(os.Getpid()) + "\n")
	if err := os.WriteFile(c.path("run/supervisor.pid"), pid, 0o644); err != nil {
		return err
	}
	defer os.Remove(c.path("run/supervisor.pid"))

	var running []*component
	died := make(chan string, 16)
	defer func() { // nodes first, etcd last
		for _, p := range slices.Backward(running) {
			p.stop()
		}
	}()
	start := func(name string, args ...string) error {
		p, err := c.start(name, died, args...)
		if err == nil {
			running = append(running, p)
		}
		return err
	}

	wake := make(chan os.Signal, 1)
	signal.Notify(wake, syscall.SIGUSR1)
	dead := map[string]bool{}
	ready := false
	fail := make(chan error, 1)
	go func() { fail <- c.bringUp(ctx, start) }()
	for {
		select {
		case <-ctx.Done():
			return nil
		case name := <-died:
			if ready && strings.HasPrefix(name, nodePrefix) {
				dead[name] = true
				continue
			}
			return fmt.Errorf("%s ended, see logs/%s.log", name, name)
		case err := <-fail:
			if err != nil {
				return err
			}
			fail, ready = nil, true // keep watching
		case <-wake:
			for i := range c.opts.Nodes {
				if !dead[nodeName(i)] {
					continue
				}
				delete(dead, nodeName(i))
				if err := start(nodeName(i), nodeArgs(c, i)...); err != nil {
					return err
				}
			}
		}
	}
}

func (c *cluster) start(name string, died chan<- string, args ...string) (*component, error) {
	log, err := os.Create(c.path("logs/" + name + ".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := selfCommand(args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, log, log
	if err := startOnForkThread(cmd); err != nil {
		return nil, err
	}
	p := &component{name, cmd, make(chan struct{})}
	go func() {
		cmd.Wait()
		close(p.done)
		died <- name
	}()
	return p, nil
}

func (p *component) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(5 * time.Second):
		p.cmd.Process.Kill()
		<-p.done
	}
}
