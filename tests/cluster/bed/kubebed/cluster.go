package main

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Addresses inside the cluster's network namespace. The API server listens on
// port 443 of all of them, so in-cluster clients reach serviceIP without any
// service proxy.
const (
	masterIP    = "10.200.0.1"
	podCIDR     = "10.200.0.0/16"
	serviceIP   = "10.201.0.1"
	serviceCIDR = "10.201.0.0/16"
)

const nodePrefix = "node-"

func nodeName(i int) string { return fmt.Sprintf("%s%d", nodePrefix, i) }
func nodeIP(i int) string   { return fmt.Sprintf("10.200.0.%d", 10+i) }

type options struct {
	Nodes    int
	CRDs     string
	PodNetns bool
	Audit    string
	Timeout  time.Duration
}

// cluster is one control plane with its nodes, all of it below one directory.
type cluster struct {
	dir, netns string
	opts       options
}

func newCluster(dir string) (*cluster, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	h := fnv.New32a()
	h.Write([]byte(dir))
	return &cluster{dir: dir, netns: fmt.Sprintf("kubebed-%08x", h.Sum32())}, nil
}

// openCluster also reads the options that `up` wrote.
func openCluster(dir string) (*cluster, error) {
	c, err := newCluster(dir)
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(c.path("run/options.json"))
	if err != nil {
		return nil, err
	}
	return c, json.Unmarshal(b, &c.opts)
}

func (c *cluster) path(rel string) string { return filepath.Join(c.dir, rel) }

// defaultCRDs is the crds directory beside the binary, where build.sh puts the
// manifests of the Gateway API module.
func defaultCRDs(self string) string {
	exe, err := os.Executable()
	if err != nil {
		exe = self
	}
	dir := filepath.Join(filepath.Dir(exe), "crds")
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

// supervisorPID is 0 unless the recorded process is a live supervisor.
func (c *cluster) supervisorPID() int {
	b, _ := os.ReadFile(c.path("run/supervisor.pid"))
	pid, _ := strconv.Atoi(strings.TrimSpace(string(b)))
	if pid == 0 {
		return 0
	}
	cmdline, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if !strings.Contains(string(cmdline), "\x00supervise\x00"+c.dir+"\x00") {
		return 0
	}
	return pid
}
