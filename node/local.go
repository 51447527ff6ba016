package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/wire"
)

// Labels returns a copy of the labels of this node, the internal ones included.
func (n *Node) Labels() map[string]string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Node().Labels()
}

// SetLabels adds labels to those of this node, or changes them, and lets
// everybody know. The error wraps [ErrLabelInternal], [ErrLabelLimit],
// [ErrLabelEncoding], [ErrLabelFlavour] or [ErrClosed]; then nothing is
// changed.
func (n *Node) SetLabels(set map[string]string) error {
	err := ErrClosed
	n.input(func(c *core.Core, now time.Time) { err = c.SetLabels(now, set) })
	return err
}

// RemoveLabels takes labels of this node away, and reports whether all of them
// were there. The error wraps [ErrLabelInternal] or [ErrClosed].
func (n *Node) RemoveLabels(keys ...string) (all bool, err error) {
	err = ErrClosed
	n.input(func(c *core.Core, now time.Time) { all, err = c.RemoveLabels(now, keys...) })
	return all, err
}

// SetIdentity gives this node an identity, by which all members place it in
// their rings in place of its address: a node that comes back under another
// address with the same identity owns the same keys. The error wraps
// [ErrLabelEncoding], [ErrLabelFlavour] or [ErrClosed].
func (n *Node) SetIdentity(identity string) error {
	err := ErrClosed
	n.input(func(c *core.Core, now time.Time) { err = c.SetIdentity(now, identity) })
	return err
}

// Leave takes this node out of everybody's ring, without an end to its
// membership: it goes on gossiping, and may [Node.Rejoin]. The error is [ErrClosed].
func (n *Node) Leave() error { return n.setStatus(wire.Leave) }

// Rejoin brings a node back that has left. The error is [ErrClosed].
func (n *Node) Rejoin() error { return n.setStatus(wire.Alive) }

func (n *Node) setStatus(status wire.Status) error {
	err := ErrClosed
	n.input(func(c *core.Core, now time.Time) {
		c.SetStatus(now, status)
		err = nil
	})
	return err
}

// EvictHook is something to do before and after a node evicts itself: stop
// taking work while the others still send some, say. Hooks of one phase run at
// the same time. Either function may be nil.
type EvictHook struct {
	Name          string
	Before, After func(ctx context.Context)
}

// Errors of eviction.
var (
	ErrDuplicateHook = errors.New("a hook of that name is there already")
	ErrEvicting      = errors.New("the node is evicting itself already")
)

// eviction guards what may happen once.
type eviction struct {
	mu      sync.Mutex
	started bool
	hooks   []EvictHook
}

// AddEvictHook registers a hook. The error wraps [ErrDuplicateHook] or
// [ErrEvicting].
func (n *Node) AddEvictHook(hook EvictHook) error {
	n.eviction.mu.Lock()
	defer n.eviction.mu.Unlock()
	if n.eviction.started {
		return fmt.Errorf("hook %q: %w", hook.Name, ErrEvicting)
	}
	for _, h := range n.eviction.hooks {
		if h.Name == hook.Name {
			return fmt.Errorf("hook %q: %w", hook.Name, ErrDuplicateHook)
		}
	}
	n.eviction.hooks = append(n.eviction.hooks, hook)
	return nil
}

// SelfEvict declares the node faulty and tells part of the cluster at once, so
// that nobody sends it requests any more. The node should be closed afterwards.
// When ctx ends while hooks run, the node is evicted all the same, and the error
// says so. A second call returns [ErrEvicting].
func (n *Node) SelfEvict(ctx context.Context) error {
	n.eviction.mu.Lock()
	started := n.eviction.started
	n.eviction.started = true
	hooks := n.eviction.hooks
	n.eviction.mu.Unlock()
	if started {
		return ErrEvicting
	}
	err := runHooks(ctx, hooks, func(h EvictHook) func(context.Context) { return h.Before })
	n.input((*core.Core).Evict)
	select {
	case <-n.evicted:
	case <-ctx.Done():
		return fmt.Errorf("self eviction: %w", context.Cause(ctx))
	case <-n.ctx.Done():
		return fmt.Errorf("self eviction: %w", ErrClosed)
	}
	return errors.Join(err, runHooks(ctx, hooks, func(h EvictHook) func(context.Context) { return h.After }))
}

func runHooks(ctx context.Context, hooks []EvictHook, phase func(EvictHook) func(context.Context)) error {
	done := make(chan struct{})
	var running sync.WaitGroup
	for _, h := range hooks {
		if run := phase(h); run != nil {
			running.Go(func() { run(ctx) })
		}
	}
	go func() {
		running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("hooks of self eviction: %w", context.Cause(ctx))
	}
}
