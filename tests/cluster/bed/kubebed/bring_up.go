package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/gateway-api/pkg/consts"
)

// bringUp starts the components in order and writes run/ready.
func (c *cluster) bringUp(ctx context.Context, start func(string, ...string) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	began := time.Now()
	var report strings.Builder
	mark := func(what string) { fmt.Fprintf(&report, "# %-28s %6.2fs\n", what, time.Since(began).Seconds()) }

	config, err := clientcmd.BuildConfigFromFlags("", c.path("admin.kubeconfig"))
	if err != nil {
		return err
	}
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	if err := start("etcd", c.etcdArgs()...); err != nil {
		return err
	}
	if err := start("kube-apiserver", c.apiserverArgs()...); err != nil {
		return err
	}
	err = poll(ctx, "apiserver readyz", func() error {
		_, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err
	})
	if err != nil {
		return err
	}
	mark("kube-apiserver ready")
	if err := start("kube-controller-manager", c.kcmArgs()...); err != nil {
		return err
	}
	if err := start("kube-scheduler", c.schedulerArgs()...); err != nil {
		return err
	}
	for i := range c.opts.Nodes {
		if err := start(nodeName(i), nodeArgs(c, i)...); err != nil {
			return err
		}
	}
	if c.opts.CRDs != "" {
		if err := c.applyManifests(ctx); err != nil {
			return err
		}
		mark("manifests applied")
	}
	err = poll(ctx, "default service account", func() error {
		_, err := client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
		return err
	})
	if err != nil {
		return err
	}
	mark("controller manager works")
	for i := range c.opts.Nodes {
		if err := poll(ctx, nodeName(i), func() error { return nodeReady(ctx, client, nodeName(i)) }); err != nil {
			return err
		}
	}
	mark("nodes ready")
	tmp := c.path("run/ready.tmp")
	if err := os.WriteFile(tmp, []byte(report.String()), 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, c.path("run/ready"))
}

// applyManifests server-side applies c.opts.CRDs with our own kubectl and
// waits until the API server serves the new types.
func (c *cluster) applyManifests(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, args := range [][]string{
		{"apply", "--server-side", "-f", c.opts.CRDs},
		{"wait", "--for=condition=Established", "--timeout=30s", "crd", "--all"},
	} {
		args = append([]string{"kubectl", "--kubeconfig", c.path("admin.kubeconfig")}, args...)
		if out, err := exec.CommandContext(ctx, self, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
	fmt.Println("applied", c.opts.CRDs, "built with Gateway API", consts.BundleVersion)
	return nil
}

func nodeReady(ctx context.Context, client kubernetes.Interface, name string) error {
	n, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for _, t := range n.Spec.Taints {
		if t.Key == corev1.TaintNodeNotReady {
			return errors.New("still tainted not-ready")
		}
	}
	for _, cond := range n.Status.Conditions {
		if cond.Type == corev1.NodeReady && cond.Status == corev1.ConditionTrue {
			return nil
		}
	}
	return errors.New("not Ready")
}

func poll(ctx context.Context, what string, f func() error) error {
	for {
		err := f()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w (last: %v)", what, ctx.Err(), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
