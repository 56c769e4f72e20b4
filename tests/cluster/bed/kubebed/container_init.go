package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	securejoin "github.com/cyphar/filepath-securejoin"
	"golang.org/x/sys/unix"
)

// entrypoint is where the image's run file is mounted in the container.
const entrypoint = "/.entrypoint"

// initSpec is what the kubelet process hands to `kubebed container-init`.
type initSpec struct {
	Scratch  string // any directory: the root is assembled over it, privately
	Run      string // mounted as entrypoint
	Name     string // argv[0] of the entrypoint
	Args     []string
	Env      []string
	Cwd      string
	Hostname string
	Netns    string
	ReadOnly bool
	UID, GID int
	Groups   []int
	Mounts   []bindMount
}

type bindMount struct {
	Source, Target string
	ReadOnly       bool
}

// containerInit is process 1 of a container until it executes the program.
func containerInit() error {
	runtime.LockOSThread()
	fail := os.NewFile(4, "fail")
	syscall.CloseOnExec(4)
	var spec initSpec
	err := json.NewDecoder(os.NewFile(3, "spec")).Decode(&spec)
	if err == nil {
		syscall.CloseOnExec(3)
		err = spec.exec()
	}
	fmt.Fprint(fail, err) // exec does not return unless it failed
	os.Exit(128)
	return nil
}

func (s *initSpec) exec() error {
	if s.Netns != "" {
		f, err := os.Open("/run/netns/" + s.Netns)
		if err != nil {
			return err
		}
		if err := unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("join network namespace: %w", err)
		}
		f.Close()
	}
	if err := unix.Sethostname([]byte(s.Hostname)); err != nil {
		return err
	}
	root, err := s.mountRoot()
	if err != nil {
		return err
	}
	if err := unix.Chroot(root); err != nil {
		return err
	}
	cwd := s.Cwd
	if cwd == "" {
		cwd = "/"
	}
	if err := os.Chdir(cwd); err != nil {
		return err
	}
	if err := syscall.Setgroups(s.Groups); err != nil {
		return err
	}
	if err := syscall.Setgid(s.GID); err != nil {
		return err
	}
	if err := syscall.Setuid(s.UID); err != nil {
		return err
	}
	os.Clearenv()
	for _, e := range s.Env {
		k, v, _ := strings.Cut(e, "=")
		os.Setenv(k, v)
	}
	path, err := exec.LookPath(s.Args[0])
	if err != nil {
		return err
	}
	if s.Args[0] == entrypoint {
		s.Args[0] = s.Name
	}
	return fmt.Errorf("exec %s: %w", path, syscall.Exec(path, s.Args, os.Environ()))
}

// mountRoot builds the container's root in this process's mount namespace: the
// host's root and a scratch layer in memory for writes.
func (s *initSpec) mountRoot() (string, error) {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return "", err
	}
	if err := unix.Mount("tmpfs", s.Scratch, "tmpfs", 0, "mode=755"); err != nil {
		return "", fmt.Errorf("scratch tmpfs: %w", err)
	}
	upper, work, root := s.Scratch+"/upper", s.Scratch+"/work", s.Scratch+"/root"
	for _, d := range []string{upper, work, root} {
		if err := os.Mkdir(d, 0o755); err != nil {
			return "", err
		}
	}
	if err := unix.Mount("overlay", root, "overlay", 0, "lowerdir=/,upperdir="+upper+",workdir="+work); err != nil {
		return "", fmt.Errorf("overlay: %w", err)
	}
	if err := unix.Mount("proc", filepath.Join(root, "proc"), "proc", 0, ""); err != nil {
		return "", fmt.Errorf("proc: %w", err)
	}
	binds := append([]bindMount{
		{"/dev", "/dev", false}, {"/sys", "/sys", false}, {s.Run, entrypoint, true},
	}, s.Mounts...)
	for _, m := range binds {
		if err := m.mount(root); err != nil {
			return "", fmt.Errorf("mount %s at %s: %w", m.Source, m.Target, err)
		}
	}
	if s.ReadOnly {
		if err := unix.Mount("", root, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
			return "", fmt.Errorf("read-only root: %w", err)
		}
	}
	return root, nil
}

func (m *bindMount) mount(root string) error {
	target, err := securejoin.SecureJoin(root, m.Target)
	if err != nil {
		return err
	}
	st, err := os.Stat(m.Source)
	if err != nil {
		return err
	}
	if st.IsDir() {
		err = os.MkdirAll(target, 0o755)
	} else if err = os.MkdirAll(filepath.Dir(target), 0o755); err == nil {
		var f *os.File
		if f, err = os.OpenFile(target, os.O_CREATE, 0o644); err == nil {
			f.Close()
		}
	}
	if err != nil {
		return err
	}
	if err := unix.Mount(m.Source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	if !m.ReadOnly {
		return nil
	}
	return unix.Mount("", target, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, "")
}
