package node

import (
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/handover"
	"github.com/ringmend/ringmend/node/ring"
)

// Why [Node.Owner] and [Node.Accept] refuse.
var (
	// ErrFenced means that this node is on a side of a partition that may not serve.
	ErrFenced = errors.New("fenced: this side of a partition may not serve")
	// ErrStarting means that this node has not joined yet, or not found out whether it may
	// serve.
	ErrStarting = errors.New("starting: this node does not know yet whether it may serve")
	// ErrStale means that the process was stopped for so long that others may have decided
	// without it.
	ErrStale = errors.New("stale: the process was stopped, and others may have decided without it")
	// ErrHandover means that the former owner of the key may still serve it.
	ErrHandover = errors.New("handover: the former owner may still serve the key")
	// ErrNotOwner means that the key belongs to another member.
	ErrNotOwner = errors.New("not the owner of the key")
	// ErrNoOwner means that the ring is empty.
	ErrNoOwner = errors.New("the ring is empty")
)

// Owner returns the address of the member that owns a key, as [Node.Lookup] does, unless this
// node may not serve: then it must not answer from what it holds, nor send others anywhere.
// The error is [ErrStarting], [ErrNoOwner] or [ErrClosed]; with a resolver also [ErrFenced] or
// [ErrStale]. It takes no lock and does not allocate.
func (n *Node) Owner(key string) (address string, err error) {
	g := n.gate.Load()
	if g.err != nil {
		n.refused.count(g.err)
		return "", g.err
	}
	address, ok := g.ring.Lookup(key)
	if !ok {
		n.refused.count(ErrNoOwner)
		return "", ErrNoOwner
	}
	return address, nil
}

// Serving returns why this node serves no key at all; nil if it may serve those that it owns.
func (n *Node) Serving() error {
	driven := n.driven.Load()
	g := n.gate.Load()
	if g.err == nil && g.guarded && g.stale(n.age(), driven) {
		return ErrStale
	}
	return g.err
}

// Accept reports whether this node may serve a key itself now. Ask before each change that
// others will see, and also for requests that were forwarded to this node. The epoch grows
// with each decision of the resolver that keeps this side; it is 0 without a resolver. With
// [resolve.LeaseMajority] it is a fencing token: a store that refuses writes of a lower epoch
// than it has seen is safe from owners that were stopped and continue.
//
// The errors are those of [Node.Owner], [ErrNotOwner] and, with [resolve.Config.Handover],
// [ErrHandover]. It takes no lock and does not allocate.
func (n *Node) Accept(key string) (epoch uint64, err error) {
	// Read before the gate: a gate that is read after a recent time is recent itself.
	driven := n.driven.Load()
	g := n.gate.Load()
	if err := g.accept(n, key, driven); err != nil {
		n.refused.count(err)
		return g.epoch, err
	}
	return g.epoch, nil
}

// gate is what Owner and Accept go by. It is replaced, and never changed.
type gate struct {
	ring    *ring.Ring
	err     error // why the node does not serve
	epoch   uint64
	guarded bool          // by a resolver, whose word counts
	patient time.Duration // MaxPause, if guarded
	past    handover.Past // what the node held during the last Handover
}

func (g *gate) accept(n *Node, key string, driven int64) error {
	if g.err != nil {
		return g.err
	}
	switch owner, ok := g.ring.Lookup(key); {
	case !ok:
		return ErrNoOwner
	case owner != string(n.address):
		return ErrNotOwner
	case !g.guarded:
		return nil
	}
	now := n.age()
	if g.stale(now, driven) {
		return ErrStale
	}
	if !g.past.Holds(now, key) {
		return ErrHandover
	}
	return nil
}

// stale reports whether the process was stopped until just now: no input has come for longer
// than the core waits without one.
func (g *gate) stale(now time.Duration, driven int64) bool {
	return now-time.Duration(driven) > g.patient
}

// age is the time since the start of the node, by the monotonic clock.
func (n *Node) age() time.Duration { return time.Since(n.started) }

// publish makes Owner and Accept follow what the core believes. Under the lock.
func (n *Node) publish(now time.Time) {
	g := gate{ring: n.owners.Load()}
	r := n.core.Resolver()
	if !n.joined {
		g.err = ErrStarting
	}
	if r != nil {
		g.epoch = r.Epoch()
		why := n.mayNotServe(r)
		n.resolving.fenced.set(now, why != nil)
		if n.resolving.cfg.Policy != resolve.Observe {
			g.err, g.guarded, g.patient = why, true, n.resolving.cfg.MaxPause
			g.past = n.handOver(now, g.ring, why == nil)
		}
	}
	if was := n.gate.Load(); was == nil || !g.same(was) {
		next := g // or each input would allocate a gate
		n.gate.Store(&next)
	}
	if r != nil {
		n.driven.Store(int64(now.Sub(n.started)))
	}
}

// handOver returns what the node held during the last Handover.
func (n *Node) handOver(now time.Time, r *ring.Ring, serves bool) handover.Past {
	h := n.handover
	if !serves {
		r = nil
	}
	h.Follow(now.Sub(n.started), r)
	if len(h.Past()) > 0 && serves && n.core.AllAgree() {
		h.Release()
	}
	return h.Past()
}

func (g *gate) same(other *gate) bool {
	return g.ring == other.ring && g.err == other.err && g.epoch == other.epoch && g.past.Same(other.past)
}

// mayNotServe returns why the node does not serve; nil if it does.
func (n *Node) mayNotServe(r *resolve.Resolver) error {
	switch {
	case r.State() == resolve.Lost:
		return ErrFenced
	case r.State() == resolve.Starting, !n.joined:
		return ErrStarting
	case r.Paused():
		return ErrStale
	}
	return nil
}

// refusalReasons are the reasons in the order in which they are counted.
var refusalReasons = [...]error{ErrFenced, ErrStarting, ErrStale, ErrHandover, ErrNotOwner, ErrNoOwner, ErrClosed}

// refused counts what Owner and Accept have refused, by reason.
type refused [len(refusalReasons)]atomic.Uint64

func (r *refused) count(err error) { r[slices.Index(refusalReasons[:], err)].Add(1) }
