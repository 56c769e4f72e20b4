package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// process is a running container.
type process struct {
	os   *os.Process
	log  *criLog
	done chan struct{}
	code int // valid once done is closed
}

// forks runs functions on one OS thread that never ends. Pdeathsig fires when
// the forking thread ends, not the process, and a Go thread may end any time.
var forks = sync.OnceValue(func() chan<- func() {
	ch := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range ch {
			f()
		}
	}()
	return ch
})

func startOnForkThread(cmd *exec.Cmd) error {
	started := make(chan error)
	forks() <- func() { started <- cmd.Start() }
	return <-started
}

// selfCommand runs this program again, the very file that is running even if
// it has been replaced on disk, and ties the child's life to ours.
func selfCommand(args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Args[0] = "kubebed"
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setsid: true}
	return cmd
}

// startProcess starts a container and returns once its program is executing.
func startProcess(spec *initSpec, logFile string) (*process, error) {
	specR, specW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer specR.Close()
	defer specW.Close()
	failR, failW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer failR.Close()
	defer failW.Close()
	cmd := selfCommand("container-init")
	cmd.ExtraFiles = []*os.File{specR, failW} // 3 and 4
	cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	p := &process{log: &criLog{path: logFile}, done: make(chan struct{})}
	if err := p.log.open(); err != nil {
		return nil, err
	}
	if err := startOnForkThread(cmd); err != nil {
		return nil, err
	}
	p.os = cmd.Process
	failW.Close()

	var copies sync.WaitGroup
	copies.Go(func() { p.log.copy("stdout", stdout) })
	copies.Go(func() { p.log.copy("stderr", stderr) })
	go func() {
		copies.Wait() // until the end: its last process closes the pipes
		cmd.Wait()
		ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if p.code = ws.ExitStatus(); ws.Signaled() {
			p.code = 128 + int(ws.Signal())
		}
		p.log.close()
		close(p.done)
	}()

	if err := json.NewEncoder(specW).Encode(spec); err != nil {
		p.stop(0)
		return nil, err
	}
	specW.Close()
	if msg, _ := io.ReadAll(failR); len(msg) > 0 { // closed by a successful exec
		<-p.done
		return nil, errors.New(string(msg))
	}
	return p, nil
}

func (p *process) wait() int {
	<-p.done
	return p.code
}

// stop ends the container. Its first process is process 1 of a namespace:
// SIGTERM reaches it only if it handles it, and SIGKILL takes all others along.
func (p *process) stop(grace time.Duration) {
	select {
	case <-p.done:
		return
	default:
	}
	if grace > 0 {
		p.os.Signal(syscall.SIGTERM)
		select {
		case <-p.done:
			return
		case <-time.After(grace):
		}
	}
	p.os.Kill()
	<-p.done
}
