package proc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
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
	// closed after it. See [To].
	Output func(*os.File)
	// Files are open in the process from number 3 on.
	Files []*os.File
	// Guard, if not nil, is told of the process.
	Guard *Guard
}

// To is an Output that copies everything to w, until w fails.
func To(w io.Writer) func(*os.File) {
	return func(output *os.File) { _, _ = io.Copy(w, output) }
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

// Start starts a process.
func Start(spec Spec) (*Process, error) {
	out, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", spec.Path, err)
	}
	cmd := exec.Command(spec.Path, spec.Args...)
	cmd.Env = append(os.Environ(), spec.Env...)
	cmd.Stdout, cmd.Stderr = in, in
	cmd.ExtraFiles = spec.Files
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
	p := &Process{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Linux takes the end of the thread that started a process for the end of its
		// parent (see dieWithParent), and Go ends threads as it likes. This one is kept
		// until the process has ended. Waiting would take a thread anyway.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		in.Close()
		if err == nil {
			p.PID = cmd.Process.Pid
			spec.Guard.add(p.PID) // at once: see the package's comment
		}
		started <- err
		if err != nil {
			return
		}
		read := make(chan struct{})
		go func() {
			defer close(read)
			spec.Output(out)
		}()
		p.wait(cmd, out, read)
		spec.Guard.remove(p.PID)
		close(p.done)
	}()
	if err := <-started; err != nil {
		out.Close()
		return nil, fmt.Errorf("starting %s: %w", spec.Path, err)
	}
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

// Ending waits for the end of the process and describes it, such as "exit code 1" or
// "signal: killed".
func (p *Process) Ending() string {
	<-p.done
	if status, ok := p.state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return fmt.Sprintf("signal: %v", status.Signal())
	}
	return fmt.Sprintf("exit code %d", p.state.ExitCode())
}

// Running reports whether the process exists; a suspended one does.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// ExitCode waits for the end of the process and returns its code; -1 after a signal.
func (p *Process) ExitCode() int {
	<-p.done
	return p.state.ExitCode()
}

// Kill ends the process at once, suspended or not, and waits until it is gone.
func (p *Process) Kill() {
	_ = p.Signal(syscall.SIGKILL) // fails only if it has ended by itself
	<-p.done
}
