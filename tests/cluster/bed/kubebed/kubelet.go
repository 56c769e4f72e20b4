package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	goruntime "runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	cadvisorapi "github.com/google/cadvisor/lib/model"
	"go.opentelemetry.io/otel/trace/noop"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	clientset "k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	kubeletapp "k8s.io/kubernetes/cmd/kubelet/app"
	kubeletoptions "k8s.io/kubernetes/cmd/kubelet/app/options"
	"k8s.io/kubernetes/pkg/kubelet"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	cadvisortesting "k8s.io/kubernetes/pkg/kubelet/cadvisor/testing"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	kubeletutil "k8s.io/kubernetes/pkg/kubelet/util"
	"k8s.io/kubernetes/pkg/util/oom"
	"k8s.io/kubernetes/pkg/volume/util/hostutil"
	"k8s.io/kubernetes/pkg/volume/util/subpath"
	"k8s.io/mount-utils"
)

// kubeletMain runs the real kubelet with three parts replaced, as kubemark's
// hollow node does: the container runtime is ours (processes), the container
// manager is a stub (no cgroups), and cAdvisor is a fake. Pod status, probes,
// back-off, volumes, hooks, tokens, logs and exec are the kubelet's own.
func kubeletMain(args []string) error {
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
	if err := os.WriteFile(c.nodePIDFile(i), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	flags, config, err := c.kubeletConfig(i)
	if err != nil {
		return err
	}
	if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(config.FeatureGates); err != nil {
		return err
	}
	restConfig, err := clientcmd.BuildConfigFromFlags("", c.path(nodeName(i)+".kubeconfig"))
	if err != nil {
		return err
	}
	restConfig.QPS = -1
	client, err := clientset.NewForConfig(rest.AddUserAgent(restConfig, "kubelet"))
	if err != nil {
		return err
	}
	auth, runCAReload, err := kubeletapp.BuildAuth(types.NodeName(nodeName(i)), client, *config)
	if err != nil {
		return err
	}
	runCAReload(ctx.Done())
	tlsOptions, err := kubeletapp.InitializeTLS(ctx, flags, config)
	if err != nil {
		return err
	}
	plugins, err := kubeletapp.ProbeVolumePlugins(ctx, utilfeature.DefaultFeatureGate)
	if err != nil {
		return err
	}
	rt, err := newRuntime(c, i)
	if err != nil {
		return err
	}
	defer rt.killAll()

	kubelet.ContainerLogsDir = config.PodLogsDir
	mounter := mount.New("")
	deps := &kubelet.Dependencies{
		Auth:                      auth,
		KubeClient:                client,
		HeartbeatClient:           client,
		EventClient:               client.CoreV1(),
		OnHeartbeatFailure:        func() {},
		RemoteRuntimeService:      rt,
		RemoteImageService:        rt.images,
		CAdvisorInterface:         &machine{Fake: cadvisortesting.Fake{NodeName: nodeName(i)}},
		ContainerManager:          containerManager{cm.NewStubContainerManager()},
		OSInterface:               osInterface{},
		OOMAdjuster:               oom.NewFakeOOMAdjuster(),
		Mounter:                   mounter,
		Subpather:                 subpath.New(mounter),
		HostUtil:                  hostutil.NewHostUtil(),
		VolumePlugins:             plugins,
		TLSOptions:                tlsOptions,
		TracerProvider:            noop.NewTracerProvider(),
		PodStartupLatencyTracker:  kubeletutil.NewPodStartupLatencyTracker(),
		NodeStartupLatencyTracker: kubeletutil.NewNodeStartupLatencyTracker(klog.Background()),
	}
	server := &kubeletoptions.KubeletServer{KubeletFlags: *flags, KubeletConfiguration: *config}
	if err := kubeletapp.RunKubelet(ctx, server, deps); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func (c *cluster) kubeletConfig(i int) (*kubeletoptions.KubeletFlags, *kubeletconfig.KubeletConfiguration, error) {
	f := kubeletoptions.NewKubeletFlags()
	f.RootDirectory = c.path("kubelet/" + nodeName(i))
	f.CertDirectory = c.path("pki")
	f.HostnameOverride = nodeName(i)
	f.NodeIP = nodeIP(i)
	f.NodeLabels = map[string]string{"kubebed.test/node": strconv.Itoa(i)}

	k, err := kubeletoptions.NewKubeletConfiguration()
	if err != nil {
		return nil, nil, err
	}
	k.Address = nodeIP(i)
	k.TLSCertFile = c.path("pki/" + nodeName(i) + ".crt")
	k.TLSPrivateKeyFile = c.path("pki/" + nodeName(i) + ".key")
	k.Authentication.X509.ClientCAFile = c.path("pki/ca.crt")
	k.PodLogsDir = c.path("pod-logs/" + nodeName(i))
	k.ProviderID = "kubebed://" + nodeName(i)
	k.MaxPods = 250
	k.RegistryPullQPS = 0
	k.NodeLeaseDurationSeconds = 4             // renewed every second, see node-monitor-grace-period
	k.SyncFrequency.Duration = 5 * time.Second // ConfigMap changes show soon
	k.ResolverConfig = ""                      // there is no cluster DNS, and
	k.ClusterDNS = []string{serviceIP}         // this keeps pods from warning about it
	k.MakeIPTablesUtilChains = false
	// No cgroups, no eviction, no image garbage collection.
	k.CgroupsPerQOS = false
	k.CgroupRoot = ""
	k.EnforceNodeAllocatable = nil
	k.FailSwapOn = false
	k.EvictionHard = map[string]string{}
	k.ImageGCHighThresholdPercent = 100
	for _, d := range []string{f.RootDirectory, k.PodLogsDir} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return nil, nil, err
		}
	}
	return f, k, nil
}

// machine reports this machine's size in place of cAdvisor.
type machine struct{ cadvisortesting.Fake }

func (m *machine) MachineInfo(klog.Logger) (*cadvisorapi.MachineInfo, error) {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var kb uint64
	if s := bufio.NewScanner(f); s.Scan() { // MemTotal comes first
		fmt.Sscanf(s.Text(), "MemTotal: %d kB", &kb)
	}
	return &cadvisorapi.MachineInfo{
		NumCores:       goruntime.NumCPU(),
		MemoryCapacity: kb << 10,
		InstanceID:     cadvisorapi.InstanceID(m.NodeName),
	}, nil
}

func (m *machine) VersionInfo() (*cadvisorapi.VersionInfo, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return nil, err
	}
	release := strings.TrimRight(string(u.Release[:]), "\x00")
	return &cadvisorapi.VersionInfo{KernelVersion: release, ContainerOsVersion: "kubebed"}, nil
}

// containerManager is kubemark's stub, plus disk for the scheduler to count.
type containerManager struct{ cm.ContainerManager }

func (containerManager) GetCapacity(klog.Logger, bool) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse("20Gi")}
}

// osInterface keeps the kubelet from linking logs into /var/log/containers.
type osInterface struct{ kubecontainer.RealOS }

func (osInterface) Symlink(_, _ string) error     { return nil }
func (osInterface) Glob(string) ([]string, error) { return nil, nil }
