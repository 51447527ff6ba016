// Package proc runs the programs under test as processes: it starts them,
// signals them, and keeps the end of what they print.
//
// It needs no [testing.T], so that commands can use it as well as tests.
package proc

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Process is one run of a program.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
}

// Start runs the program at path. What it prints goes to out. The process is
// killed when this one dies, where the system can do that.
func Start(out *Tail, path string, args ...string) (*Process, error) {
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = time.Second
	dieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	p := &Process{cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		_ = cmd.Wait() // how it ended is read from ProcessState
	}()
	return p, nil
}

// Done returns a channel that is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Running reports whether the process exists; a suspended one does.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// ExitCode returns how a process ended that runs no more; -1 after a signal.
func (p *Process) ExitCode() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

// State says in words how a process ended that runs no more.
func (p *Process) State() string {
	<-p.done
	return p.cmd.ProcessState.String()
}

// Signal sends a signal.
func (p *Process) Signal(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("send %v to process %d: %w", s, p.cmd.Process.Pid, err)
	}
	return nil
}

// Kill ends the process at once, suspended or not, and waits until it is gone.
func (p *Process) Kill() {
	if p.Running() {
		_ = p.Signal(syscall.SIGKILL) // fails only if it ended by itself
	}
	<-p.done
}

// Tail keeps the last 64 KB of what is written to it, so that programs that
// talk a lot cannot fill the memory. It may be used concurrently.
type Tail struct {
	mu   sync.Mutex
	text []byte
}

const tailLength = 64 << 10

// Write implements io.Writer; it never fails.
func (o *Tail) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
	if surplus := len(o.text) - tailLength; surplus > 0 {
		o.text = append(o.text[:0], o.text[surplus:]...)
	}
	return len(p), nil
}

// String returns what is kept.
func (o *Tail) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}
