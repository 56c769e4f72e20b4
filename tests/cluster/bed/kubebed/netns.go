package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

func (c *cluster) createNetns() error {
	if err := c.deleteNetns(); err != nil { // left over from a crash
		return err
	}
	in := func(args ...string) []string { return append([]string{"-n", c.netns}, args...) }
	cmds := [][]string{
		{"netns", "add", c.netns},
		in("link", "set", "lo", "up"),
		in("addr", "add", masterIP+"/32", "dev", "lo"),
		in("addr", "add", serviceIP+"/32", "dev", "lo"),
	}
	for i := range c.opts.Nodes {
		cmds = append(cmds, in("addr", "add", nodeIP(i)+"/32", "dev", "lo"))
	}
	if c.opts.PodNetns {
		cmds = append(cmds, []string{"netns", "exec", c.netns, "sysctl", "-qw", "net.ipv4.ip_forward=1"})
	} else {
		// Makes every pod address one of ours: any process can bind any of them.
		cmds = append(cmds, in("route", "add", "local", podCIDR, "dev", "lo"))
	}
	for _, a := range cmds {
		if err := run("ip", a...); err != nil {
			return err
		}
	}
	return nil
}

func (c *cluster) deleteNetns() error {
	entries, _ := os.ReadDir("/run/netns")
	for _, e := range entries { // the cluster's own and those of its pods
		if e.Name() == c.netns || strings.HasPrefix(e.Name(), c.netns+"-") {
			if err := run("ip", "netns", "del", e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

func run(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
