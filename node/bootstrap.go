package node

import (
	"context"
	"fmt"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/swim"
)

// Bootstrap joins the cluster. It tries until it has succeeded, ctx ends or the
// node is closed, and says in the log what it waits for. It is over at once,
// with a warning, when discovery lists no host but the node itself: the node
// is then alone until others join it, and goes on looking for them.
//
// It may be called again when ctx has ended, or meanwhile: the hosts are then asked for
// at once, and need not be those of the first call; see [Node.BootstrapWith]. On a node
// that is ready it does nothing.
//
// The error wraps the cause of the end of ctx, and why hosts have not been joined, as
// [HostErrors]; or it wraps [ErrClosed].
func (n *Node) Bootstrap(ctx context.Context) error { return n.BootstrapWith(ctx, BootstrapOptions{}) }

// BootstrapOptions are settings of one call of [Node.BootstrapWith]. A field that is zero
// stands for what the node's [Config] says, except that Hosts stay those of the last call.
type BootstrapOptions struct {
	// Hosts lists whom to join, and whom healing looks for afterwards.
	Hosts discovery.Provider
	// JoinSize, JoinParallelism, JoinTimeout and JoinPatience are as in [Protocol].
	JoinSize        int
	JoinParallelism int
	JoinTimeout     time.Duration
	JoinPatience    time.Duration
}

func (o *BootstrapOptions) validate() error {
	for name, value := range map[string]int64{
		"JoinSize": int64(o.JoinSize), "JoinParallelism": int64(o.JoinParallelism),
		"JoinTimeout": int64(o.JoinTimeout), "JoinPatience": int64(o.JoinPatience),
	} {
		if value < 0 {
			return fmt.Errorf("bootstrap: %w: %s is negative: %d", ErrConfig, name, value)
		}
	}
	return nil
}

// BootstrapWith is [Node.Bootstrap] by other settings than those of the node's [Config].
// The error may wrap [ErrConfig], too.
func (n *Node) BootstrapWith(ctx context.Context, o BootstrapOptions) error {
	if err := o.validate(); err != nil {
		return err
	}
	n.input(func(c *core.Core, now time.Time) {
		if o.Hosts != nil && !n.joined {
			n.hosts.use(o.Hosts)
		}
		c.BootstrapWith(now, swim.JoinOptions{
			Size: o.JoinSize, Parallelism: o.JoinParallelism, Timeout: o.JoinTimeout, Patience: o.JoinPatience,
		})
	})
	select {
	case <-n.ready:
		return nil
	case <-ctx.Done():
		return n.notBootstrapped(context.Cause(ctx))
	case <-n.ctx.Done():
		return fmt.Errorf("bootstrap: %w", ErrClosed)
	}
}

// notBootstrapped returns the error of a bootstrap that ends before the node is ready.
func (n *Node) notBootstrapped(cause error) error {
	n.mu.Lock()
	waiting := n.notJoined
	n.mu.Unlock()
	switch {
	case waiting.Err != nil:
		return fmt.Errorf("bootstrap: %w: %w", cause, waiting.Err)
	case len(waiting.Failed) > 0:
		return fmt.Errorf("bootstrap: %w: not joined: %w", cause, waiting.Failed)
	}
	return fmt.Errorf("bootstrap: %w", cause)
}
