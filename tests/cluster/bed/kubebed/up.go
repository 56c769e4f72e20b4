package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// up prepares directory and namespace, starts the supervisor inside the
// namespace and waits for its verdict.
func up(dir string, o options) error {
	c, err := newCluster(dir)
	if err != nil {
		return err
	}
	c.opts = o
	if pid := c.supervisorPID(); pid != 0 {
		return fmt.Errorf("already up, supervisor is process %d", pid)
	}
	for _, d := range []string{"logs", "run", "images"} {
		if err := os.MkdirAll(c.path(d), 0o755); err != nil {
			return err
		}
	}
	b, _ := json.Marshal(o)
	if err := os.WriteFile(c.path("run/options.json"), b, 0o644); err != nil {
		return err
	}
	os.Remove(c.path("run/ready"))
	if err := c.writePKI(); err != nil {
		return err
	}
	if err := c.createNetns(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.Create(c.path("logs/supervisor.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command("ip", "netns", "exec", c.netns, self, "supervise", c.dir)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	for {
		select {
		case err := <-exited:
			b, _ := os.ReadFile(log.Name())
			c.deleteNetns()
			return fmt.Errorf("supervisor ended (%v):\n%s", err, b)
		case <-time.After(20 * time.Millisecond):
		}
		if b, err := os.ReadFile(c.path("run/ready")); err == nil {
			fmt.Printf("%sexport KUBECONFIG=%s\n", b, c.path("admin.kubeconfig"))
			return nil
		}
	}
}

// down stops the supervisor, which stops the rest, and removes the namespace.
// The directory stays: logs can be read, and `up` starts the same cluster again.
func down(dir string) error {
	c, err := newCluster(dir)
	if err != nil {
		return err
	}
	if pid := c.supervisorPID(); pid != 0 {
		syscall.Kill(pid, syscall.SIGTERM)
		for deadline := time.Now().Add(30 * time.Second); c.supervisorPID() != 0; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				// Every child dies with its parent, so this ends them all.
				syscall.Kill(pid, syscall.SIGKILL)
				break
			}
		}
	}
	os.Remove(c.path("run/ready"))
	return c.deleteNetns()
}

// execIn replaces this process by a command inside the cluster's namespace.
func execIn(args []string) error {
	if len(args) < 2 {
		return errors.New("want DIR CMD [ARG...]")
	}
	c, err := openCluster(args[0])
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := args[1:]
	if cmd[0] == "kubectl" {
		cmd = append([]string{self}, cmd...)
	}
	ip, err := exec.LookPath("ip")
	if err != nil {
		return err
	}
	env := append(os.Environ(), "KUBECONFIG="+c.path("admin.kubeconfig"))
	return syscall.Exec(ip, append([]string{"ip", "netns", "exec", c.netns}, cmd...), env)
}
