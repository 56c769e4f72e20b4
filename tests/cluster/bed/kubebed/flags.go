package main

const etcdURL = "http://127.0.0.1:2379"

func (c *cluster) etcdArgs() []string {
	return []string{"etcd",
		"--name=kubebed",
		"--data-dir=" + c.path("etcd"),
		"--listen-client-urls=" + etcdURL,
		"--advertise-client-urls=" + etcdURL,
		"--listen-peer-urls=http://127.0.0.1:2380",
		"--initial-advertise-peer-urls=http://127.0.0.1:2380",
		"--initial-cluster=kubebed=http://127.0.0.1:2380",
		"--unsafe-no-fsync", // a test bed need not survive a power cut
		"--log-level=warn",
	}
}

func (c *cluster) apiserverArgs() []string {
	pki := func(f string) string { return c.path("pki/" + f) }
	args := []string{"kube-apiserver",
		"--etcd-servers=" + etcdURL,
		"--bind-address=0.0.0.0",
		"--secure-port=443",
		"--advertise-address=" + masterIP,
		"--service-cluster-ip-range=" + serviceCIDR,
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--allow-privileged=true",
		"--cert-dir=" + c.path("pki"),
		"--client-ca-file=" + pki("ca.crt"),
		"--tls-cert-file=" + pki("apiserver.crt"),
		"--tls-private-key-file=" + pki("apiserver.key"),
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + pki("sa.pub"),
		"--service-account-signing-key-file=" + pki("sa.key"),
		// kubectl logs, exec and port-forward.
		"--kubelet-client-certificate=" + pki("apiserver-kubelet-client.crt"),
		"--kubelet-client-key=" + pki("apiserver-kubelet-client.key"),
		"--kubelet-certificate-authority=" + pki("ca.crt"),
		"--kubelet-preferred-address-types=InternalIP",
		// Aggregated APIs such as metrics.k8s.io.
		"--requestheader-client-ca-file=" + pki("front-proxy-ca.crt"),
		"--requestheader-allowed-names=front-proxy-client",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-username-headers=X-Remote-User",
		"--proxy-client-cert-file=" + pki("front-proxy-client.crt"),
		"--proxy-client-key-file=" + pki("front-proxy-client.key"),
		"--enable-aggregator-routing=true", // endpoints, not ClusterIPs
	}
	if c.opts.Audit != "" {
		// Written at once: a test reads the log right after the request that it is about.
		args = append(args, "--audit-policy-file="+c.opts.Audit, "--audit-log-path="+c.path("logs/audit.log"),
			"--audit-log-mode=blocking", "--audit-log-maxsize=1000")
	}
	return args
}

func (c *cluster) kcmArgs() []string {
	kubeconfig := c.path("controller-manager.kubeconfig")
	return []string{"kube-controller-manager",
		"--kubeconfig=" + kubeconfig,
		"--authentication-kubeconfig=" + kubeconfig,
		"--authorization-kubeconfig=" + kubeconfig,
		"--bind-address=127.0.0.1",
		"--cert-dir=" + c.path("pki"),
		"--leader-elect=false", // this and the rates save seconds at start
		// A dead node shows within about ten seconds instead of 50; its lease says how often it reports.
		"--node-monitor-grace-period=10s",
		"--node-monitor-period=1s",
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + c.path("pki/sa.key"),
		"--root-ca-file=" + c.path("pki/ca.crt"),
		"--cluster-signing-cert-file=" + c.path("pki/ca.crt"),
		"--cluster-signing-key-file=" + c.path("pki/ca.key"),
		"--requestheader-client-ca-file=" + c.path("pki/front-proxy-ca.crt"),
	}
}

func (c *cluster) schedulerArgs() []string {
	kubeconfig := c.path("scheduler.kubeconfig")
	return []string{"kube-scheduler",
		"--kubeconfig=" + kubeconfig,
		"--authentication-kubeconfig=" + kubeconfig,
		"--authorization-kubeconfig=" + kubeconfig,
		"--bind-address=127.0.0.1",
		"--cert-dir=" + c.path("pki"),
		"--leader-elect=false",
	}
}
