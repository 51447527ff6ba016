// Package proc starts processes that do not outlive this one, however it ends.
//
// Each process gets a process group of its own, so that the terminal's signals
// do not reach it and so that what it starts itself can be signalled with it.
// Three things see to the end of all of them:
//
//   - the caller, who signals each [Process] and waits for it;
//   - a [Guard], a second process that outlives this one for an instant and kills
//     the groups that are left, also after a crash or a SIGKILL;
//   - on Linux the kernel, which kills the processes (not their children) when
//     this one is gone. It helps when the guard was killed as well.
//
// What stays out of reach is a grandchild that has left the process group on
// purpose, as daemons do, and one that exists already in the instant before the guard
// is told of its parent, if this process is killed in just that instant. The package imports the standard library only and works
// on unix systems.
package proc

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// ErrGone is returned for signals to a process that has ended.
var ErrGone = errors.New("the process has ended")

// outputGrace is how long the output of a process is read on after its end, when
// something else still holds it open.
const outputGrace = time.Second

// Spec says what to start.
type Spec struct {
	Path string   // of the program, as for exec.Cmd
	Args []string // without the program's name
	Env  []string // in addition to the own environment
	// Output reads what the process writes to its standard output and error,
	// until the end. It is called once, on a goroutine of its own. The pipe is
	// closed after it.
	Output func(*os.File)
}

// Process is a process that was started. Its methods are safe for concurrent
// use.
type Process struct {
	// PID is also the number of its process group.
	PID int

	mu    sync.Mutex
	ended bool

	done  chan struct{}
	state *os.ProcessState // set before done is closed
}

// Runner starts processes.
type Runner struct {
	guard  *Guard
	starts chan startRequest
	ended  chan struct{}
}

// NewRunner returns a runner whose processes are known to guard; nil is no guard.
// Close must be called in the end.
func NewRunner(guard *Guard) *Runner {
	r := &Runner{guard: guard, starts: make(chan startRequest), ended: make(chan struct{})}
	go r.starter()
	return r
}

// Close ends the runner. Processes that still run are killed by the kernel on
// Linux and left to the guard elsewhere. Start must not be called any more.
func (r *Runner) Close() {
	close(r.starts)
	<-r.ended
}

// Start starts a process.
func (r *Runner) Start(spec Spec) (*Process, error) {
	out, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", spec.Path, err)
	}
	cmd := exec.Command(spec.Path, spec.Args...)
	cmd.Env = append(os.Environ(), spec.Env...)
	cmd.Stdout, cmd.Stderr = in, in
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
	err = r.start(cmd)
	in.Close()
	if err != nil {
		out.Close()
		return nil, fmt.Errorf("starting %s: %w", spec.Path, err)
	}
	p := &Process{PID: cmd.Process.Pid, done: make(chan struct{})}
	read := make(chan struct{})
	go func() {
		defer close(read)
		spec.Output(out)
	}()
	go func() {
		p.wait(cmd, out, read)
		r.guard.remove(p.PID)
		close(p.done)
	}()
	return p, nil
}

// wait returns when the process has ended and its output is read.
func (p *Process) wait(cmd *exec.Cmd, out *os.File, read <-chan struct{}) {
	// The error says nothing that the state does not, as there is nothing to copy.
	_ = cmd.Wait()
	p.mu.Lock()
	p.ended = true
	// What the process started must not live on without it. The group's number
	// cannot have a new owner: it is in use while the group has a member, and
	// numbers are reused long after they were given back.
	_ = syscall.Kill(-p.PID, syscall.SIGKILL)
	p.mu.Unlock()
	p.state = cmd.ProcessState
	select {
	case <-read:
	case <-time.After(outputGrace):
	}
	out.Close()
	<-read
}

// Signal sends a signal to the process and all that it started. It returns
// [ErrGone] when the process has ended.
func (p *Process) Signal(sig syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return ErrGone
	}
	switch err := syscall.Kill(-p.PID, sig); {
	case errors.Is(err, syscall.ESRCH):
		return ErrGone
	case err != nil:
		return fmt.Errorf("sending %v to process %d: %w", sig, p.PID, err)
	}
	return nil
}

// Terminate asks the process to end, and kills it when it has not after grace. A
// suspended process is woken up for it. Terminate does not wait.
func (p *Process) Terminate(grace time.Duration) error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := p.Signal(syscall.SIGCONT); err != nil && !errors.Is(err, ErrGone) {
		return err
	}
	go func() {
		select {
		case <-p.done:
		case <-time.After(grace):
			// Either it is gone, or this ends it.
			_ = p.Signal(syscall.SIGKILL)
		}
	}()
	return nil
}

// Done returns a channel that is closed when the process has ended and its
// output is read.
func (p *Process) Done() <-chan struct{} { return p.done }

// Ending describes how the process ended, such as "exit code 1" or "signal:
// killed". Call it after Done only.
func (p *Process) Ending() string {
	if status, ok := p.state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return fmt.Sprintf("signal: %v", status.Signal())
	}
	return fmt.Sprintf("exit code %d", p.state.ExitCode())
}
