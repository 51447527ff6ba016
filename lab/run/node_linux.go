package run

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/ringmend/ringmend/lab/host"
	"github.com/ringmend/ringmend/lab/system"
)

// node is a node on its host. Its methods are safe for concurrent use.
type node struct {
	number  int    // from 0
	name    string // as messages have it
	command func() system.Command
	host    *host.Host
	dir     string
	log     string

	// The clock, if it can be moved: by how much it is, and how often it was read so far.
	clock    system.Clock
	moved    time.Duration
	readings uint64

	mu     sync.Mutex
	cmd    *exec.Cmd     // the latest run; nil before the first
	done   chan struct{} // closed when it has ended
	killed bool          // by us
	paused bool
}

// start starts the node. What it prints goes to its log, after that of earlier runs.
func (n *node) start() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.running() {
		return fmt.Errorf("%s runs already", n.name)
	}
	log, err := os.OpenFile(n.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, logMode)
	if err != nil {
		return err
	}
	defer log.Close()
	how := n.command()
	cmd := exec.Command(how.Path, how.Args...)
	cmd.Dir = n.dir
	cmd.Env = append(os.Environ(), how.Env...)
	if n.clock != "" {
		cmd.Env = append(cmd.Env, n.clock.Env())
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := n.host.Start(cmd); err != nil {
		return fmt.Errorf("start %s: %w", n.name, err)
	}
	done := make(chan struct{})
	n.cmd, n.done, n.killed, n.paused = cmd, done, false, false
	go func() {
		defer close(done)
		_ = cmd.Wait() // how it ended is in ProcessState
	}()
	return nil
}

// running requires that mu is held.
func (n *node) running() bool {
	if n.cmd == nil {
		return false
	}
	select {
	case <-n.done:
		return false
	default:
		return true
	}
}

// serves reports whether the process runs and is not stopped.
func (n *node) serves() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.running() && !n.paused
}

// up reports whether the process exists.
func (n *node) up() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.running()
}

func (n *node) pid() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return 0
	}
	return n.cmd.Process.Pid
}

// kill ends the process and all that it started, and waits until it is gone. It
// reports whether there was one.
func (n *node) kill() bool { return n.end(syscall.SIGKILL) }

// terminate asks it to end, and waits.
func (n *node) terminate() bool { return n.end(syscall.SIGTERM) }

func (n *node) end(how syscall.Signal) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.running() {
		return false
	}
	n.killed = true
	// Fails only when it has just ended.
	_ = syscall.Kill(-n.cmd.Process.Pid, how)
	if how != syscall.SIGKILL && !closedWithin(n.done, terminateGrace) {
		_ = syscall.Kill(-n.cmd.Process.Pid, syscall.SIGKILL)
	}
	<-n.done
	return true
}

// signal stops the process, or lets it go on.
func (n *node) signal(s syscall.Signal) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.running() {
		return fmt.Errorf("%s does not run", n.name)
	}
	if err := syscall.Kill(-n.cmd.Process.Pid, s); err != nil {
		return fmt.Errorf("send %v to %s: %w", s, n.name, err)
	}
	n.paused = s == syscall.SIGSTOP
	return nil
}

// endedEarly says how the process ended, if it did so by itself; "" otherwise.
func (n *node) endedEarly() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil || n.killed || n.running() {
		return ""
	}
	return n.cmd.ProcessState.String()
}

// lastWords is the end of the log, in one line.
func (n *node) lastWords() string {
	text, err := os.ReadFile(n.log)
	if err != nil || len(bytes.TrimSpace(text)) == 0 {
		return "(empty)"
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	last := lines[len(lines)-1]
	const most = 300
	return last[:min(most, len(last))]
}
