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
// It may be called again, after ctx has ended or even before: the new call asks for hosts at
// once, and may name others; see [Node.BootstrapWith]. On a node that is ready it does nothing.
//
// The error wraps the cause of the end of ctx, and why hosts have not been joined, as
// [HostErrors]; or it wraps [ErrClosed].
func (n *Node) Bootstrap(ctx context.Context) error { return n.BootstrapWith(ctx, BootstrapOptions{}) }

// BootstrapOptions are the settings of one call of [Node.BootstrapWith]. A zero field means the
// node's [Config]; zero Hosts mean those of the last call.
type BootstrapOptions struct {
	// Hosts lists the hosts to join. Healing uses it afterwards, too.
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

// BootstrapWith is [Node.Bootstrap] with settings of its own. The error may also wrap
// [ErrConfig].
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
