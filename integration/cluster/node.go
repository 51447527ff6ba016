package cluster

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// callTimeout is how long a node has for each answer.
const callTimeout = 2 * time.Second

// Node is one node of a cluster. It keeps its address over restarts. Its
// methods must not be called concurrently, but for those that ask the node.
type Node struct {
	Address string
	Program Program

	path   string
	args   []string
	client *tchan.Transport
	out    *proc.Tail
	run    *proc.Process // the latest; nil before the first
}

// Start starts the node.
func (n *Node) Start() error {
	if n.Running() {
		return fmt.Errorf("start %s: it is running", n.Address)
	}
	run, err := proc.Start(proc.Spec{Path: n.path, Args: n.args, Output: proc.To(n.out)})
	if err != nil {
		return fmt.Errorf("start %s: %w", n.Address, err)
	}
	n.run = run
	return nil
}

// Running reports whether the node's process exists; a suspended one does.
func (n *Node) Running() bool { return n.run != nil && n.run.Running() }

// Kill ends the node at once (SIGKILL) and returns when it is gone.
func (n *Node) Kill() {
	if n.run != nil {
		n.run.Kill()
	}
}

// Suspend stops the node's process (SIGSTOP) until [Node.Resume]. It does not
// wait for the signal to arrive: the node may still answer for a moment.
func (n *Node) Suspend() error { return n.signal(syscall.SIGSTOP) }

// Resume lets a suspended process go on (SIGCONT).
func (n *Node) Resume() error { return n.signal(syscall.SIGCONT) }

// Terminate asks the node to end (SIGTERM) and returns its exit code. It is an
// error when the node has not ended within the given time.
func (n *Node) Terminate(within time.Duration) (exitCode int, err error) {
	if err := n.signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	select {
	case <-n.run.Done():
		return n.run.ExitCode(), nil
	case <-time.After(within):
		return 0, fmt.Errorf("%s still runs %v after SIGTERM", n.Address, within)
	}
}

func (n *Node) signal(s syscall.Signal) error {
	if !n.Running() {
		return fmt.Errorf("send %v to %s: it is not running", s, n.Address)
	}
	return n.run.Signal(s)
}

// Output returns the last 64 KB of what the node printed, over all its runs.
func (n *Node) Output() string { return n.out.String() }

// Stats asks the node for /admin/stats.
func (n *Node) Stats(ctx context.Context) (*wire.Stats, error) {
	var stats wire.Stats
	if err := n.ask(ctx, wire.EndpointStats, struct{}{}, &stats); err != nil {
		return nil, err
	}
	return &stats, nil
}

// Lookup asks the node who owns key.
func (n *Node) Lookup(ctx context.Context, key string) (wire.Address, error) {
	var owner wire.LookupResponse
	if err := n.ask(ctx, wire.EndpointLookup, wire.LookupRequest{Key: key}, &owner); err != nil {
		return "", err
	}
	return owner.Dest, nil
}

func (n *Node) ask(ctx context.Context, endpoint string, request, response any) error {
	body, err := wire.Marshal(request)
	if err != nil {
		return fmt.Errorf("ask %s for %s: %w", n.Address, endpoint, err)
	}
	answer, err := n.Call(ctx, endpoint, body)
	if err != nil {
		return fmt.Errorf("ask %s for %s: %w", n.Address, endpoint, err)
	}
	if err := wire.Unmarshal(answer, response); err != nil {
		return fmt.Errorf("ask %s for %s: %w", n.Address, endpoint, err)
	}
	return nil
}
