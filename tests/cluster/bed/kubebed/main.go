// Command kubebed is a test bed for operators and gateways: one binary that
// holds a real Kubernetes control plane (etcd, kube-apiserver,
// kube-controller-manager, kube-scheduler), kubectl, and a kubelet whose
// container runtime starts local processes instead of containers.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	kcm "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

const usage = `usage:
  kubebed up [-nodes N] [-crds DIR] [-pod-netns] [-audit-policy FILE] [-timeout D] DIR   start a cluster
  kubebed down DIR                  stop it
  kubebed node-kill DIR INDEX       kill a node's kubelet and all its containers at once, as a power cut does
  kubebed node-start DIR            start the nodes that were killed
  kubebed exec DIR CMD [ARG...]     run CMD in the cluster's network namespace
  kubebed kubectl|etcd|kube-apiserver|kube-controller-manager|kube-scheduler ARG...
`

func main() {
	if len(os.Args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	// The Kubernetes commands parse os.Args, so drop our own name from it.
	self := os.Args[0]
	os.Args = os.Args[1:]
	args := os.Args[1:]
	var err error
	switch os.Args[0] {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kube-controller-manager":
		os.Exit(cli.Run(kcm.NewControllerManagerCommand()))
	case "kube-scheduler":
		os.Exit(cli.Run(scheduler.NewSchedulerCommand()))
	case "kubectl":
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			os.Exit(1)
		}
	case "up":
		fs := flag.NewFlagSet("up", flag.ExitOnError)
		o := options{}
		fs.IntVar(&o.Nodes, "nodes", 1, "number of process nodes")
		fs.StringVar(&o.CRDs, "crds", defaultCRDs(self), "directory of manifests to apply before the cluster counts as ready")
		fs.BoolVar(&o.PodNetns, "pod-netns", false, "give every pod its own network namespace")
		fs.StringVar(&o.Audit, "audit-policy", "", "audit policy file; events go to logs/audit.log")
		fs.DurationVar(&o.Timeout, "timeout", 2*time.Minute, "time allowed to become ready")
		fs.Parse(args)
		if fs.NArg() != 1 {
			fmt.Fprint(os.Stderr, usage)
			os.Exit(2)
		}
		err = up(fs.Arg(0), o)
	case "down":
		err = withDir(args, down)
	case "exec":
		err = execIn(args)
	case "node-kill":
		err = nodeKill(args)
	case "node-start":
		err = withDir(args, nodeStart)
	case "supervise": // internal: runs inside the namespace, owns all components
		err = withDir(args, supervise)
	case "kubelet": // internal: kubelet DIR INDEX
		err = kubeletMain(args)
	case "container-init": // internal: first process of a container
		err = containerInit()
	default:
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kubebed:", err)
		os.Exit(1)
	}
}

func withDir(args []string, f func(string) error) error {
	if len(args) != 1 {
		return fmt.Errorf("want one argument, the cluster directory")
	}
	return f(args[0])
}
