package node

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"sync"
	"time"

	"github.com/ringmend/ringmend/node/core"
)

// Shutdown takes the node out of the cluster gracefully and closes it; call it at SIGTERM. It
// runs the Before hooks, declares the node faulty, tells part of the members at once, and
// waits for the change to reach the rest: a few protocol periods, 1 s in a cluster of 10 and
// 2.4 s in one of 1,000. Meanwhile the node keeps answering, because members that have not
// heard yet still send requests. Then it runs the After hooks, closes the node, and waits for
// its listeners.
//
// When ctx ends, the remaining steps are done without waiting, and the error says what was cut
// short: the node is closed in any case, and the announcement still gets half a second. Called
// from a listener, Shutdown lasts until ctx ends, since it waits for that listener. The error
// wraps [ErrEvicting] if the node was evicting itself already; it is closed all the same.
func (n *Node) Shutdown(ctx context.Context) error {
	var err error
	if n.isReady() {
		err = n.evict(ctx, n.settle)
	}
	err = errors.Join(err, n.Close())
	select {
	case <-n.Done():
	case <-ctx.Done():
		err = errors.Join(err, fmt.Errorf("shutdown: listeners: %w", context.Cause(ctx)))
	}
	return err
}

// SelfEvict declares the node faulty and tells part of the cluster at once. Others may
// send it requests for some protocol periods yet: [Node.Shutdown] waits for that. The node
// should be closed afterwards. When ctx ends while hooks run, the node is evicted all the
// same, and the error says so. A second call returns [ErrEvicting], and one on a closed
// node [ErrClosed].
func (n *Node) SelfEvict(ctx context.Context) error {
	return n.evict(ctx, func(context.Context) error { return nil })
}

func (n *Node) evict(ctx context.Context, settle func(context.Context) error) error {
	hooks, err := n.eviction.begin()
	if err != nil {
		return err
	}
	err = runHooks(ctx, hooks, func(h EvictHook) func(context.Context) { return h.Before })
	if late := n.announce(ctx); late != nil {
		return errors.Join(err, late)
	}
	return errors.Join(err, settle(ctx), runHooks(ctx, hooks, func(h EvictHook) func(context.Context) { return h.After }))
}

// announceGrace is how long the announcement may take after ctx has ended: a node that leaves
// unannounced is sent requests for seconds.
const announceGrace = 500 * time.Millisecond

// announce declares the node faulty, and waits for the members that are told at once.
func (n *Node) announce(ctx context.Context) error {
	if ctx.Err() != nil {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), announceGrace)
		defer cancel()
		ctx = grace
	}
	n.input((*core.Core).Evict)
	select {
	case <-n.evicted:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("self eviction: %w", context.Cause(ctx))
	case <-n.ctx.Done():
		return fmt.Errorf("self eviction: %w", ErrClosed)
	}
}

// settle waits until an announcement has spread.
func (n *Node) settle(ctx context.Context) error {
	n.mu.Lock()
	wait := spreadTime(n.core.Node().Pingable(), n.core.Node().Period())
	n.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("while the eviction was being spread: %w", context.Cause(ctx))
	case <-n.ctx.Done():
		return fmt.Errorf("self eviction: %w", ErrClosed)
	}
}

// spreadTime is how long a change takes to reach a number of members. Each member that has
// it tells one more per protocol period, which doubles their number; two more periods allow
// for the last few, which are reached by chance.
func spreadTime(members int, period time.Duration) time.Duration {
	if members == 0 {
		return 0
	}
	return time.Duration(bits.Len(uint(members))+2) * period
}

// EvictHook is called before and after a node evicts itself. Before is the time to stop what
// only a member may do; the others still send requests. When After runs they have been told,
// and under [Node.Shutdown] they have stopped. Hooks of one phase run concurrently. Either
// function may be nil; ctx is that of the call.
type EvictHook struct {
	Name          string
	Before, After func(ctx context.Context)
}

// Errors of eviction.
var (
	ErrDuplicateHook = errors.New("a hook of that name is there already")
	ErrEvicting      = errors.New("the node is evicting itself already")
)

// eviction guards what happens once.
type eviction struct {
	mu      sync.Mutex
	started bool
	hooks   []EvictHook
}

// begin returns the hooks, if no eviction has begun.
func (e *eviction) begin() ([]EvictHook, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.started {
		return nil, ErrEvicting
	}
	e.started = true
	return e.hooks, nil
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
