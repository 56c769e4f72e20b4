package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

func nodeArgs(c *cluster, i int) []string {
	return []string{"kubelet", c.dir, strconv.Itoa(i)}
}

func (c *cluster) nodePIDFile(i int) string { return c.path("run/" + nodeName(i) + ".pid") }

// nodeKill ends a node without a farewell: the kubelet gets SIGKILL and its
// containers die with it, while the API server still believes in all of them.
func nodeKill(args []string) error {
	if len(args) != 2 {
		return errors.New("want DIR INDEX")
	}
	c, err := openCluster(args[0])
	if err != nil {
		return err
	}
	i, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	b, _ := os.ReadFile(c.nodePIDFile(i))
	pid, _ := strconv.Atoi(strings.TrimSpace(string(b)))
	cmdline, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if pid == 0 || !strings.Contains(string(cmdline), "\x00"+strings.Join(nodeArgs(c, i), "\x00")+"\x00") {
		return fmt.Errorf("%s is not running", nodeName(i))
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// nodeStart asks the supervisor to start the nodes that are dead.
func nodeStart(dir string) error {
	c, err := newCluster(dir)
	if err != nil {
		return err
	}
	pid := c.supervisorPID()
	if pid == 0 {
		return errors.New("the cluster is not up")
	}
	return syscall.Kill(pid, syscall.SIGUSR1)
}
