package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// process is one run of a program.
type process struct {
	cmd  *exec.Cmd
	out  *tail
	done chan struct{} // closed when the process has ended
}

func startProcess(out *tail, path string, args ...string) (*process, error) {
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = time.Second
	dieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	p := &process{cmd: cmd, out: out, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		_ = cmd.Wait() // how it ended is read from ProcessState
	}()
	return p, nil
}

func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

func (p *process) signal(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("send %v to process %d: %w", s, p.cmd.Process.Pid, err)
	}
	return nil
}

// kill ends the process at once, suspended or not, and waits until it is gone.
func (p *process) kill() {
	if p.running() {
		_ = p.signal(syscall.SIGKILL) // fails only if it ended by itself
	}
	<-p.done
}

// tail keeps the end of what is written to it. Nodes that talk a lot cannot
// fill the memory of a test.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailLength = 64 << 10

// Write implements io.Writer; it never fails.
func (o *tail) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
	if surplus := len(o.text) - tailLength; surplus > 0 {
		o.text = append(o.text[:0], o.text[surplus:]...)
	}
	return len(p), nil
}

func (o *tail) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}
