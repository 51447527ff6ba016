package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/lease"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Resolve are the settings of the resolver, which decides whether this node may serve during
// a partition. The zero value is off: every side serves, as in Ringpop. Other fields that are
// zero have the default that their comment names. All nodes of a cluster need the same
// settings, or two sides may both serve. See docs/resolver.md.
type Resolve struct {
	// Strategy is the rule by which a side is kept. Default: off.
	Strategy Strategy
	// Policy is what the node does about decisions. Default: [PolicyFence].
	Policy Policy

	// Role is the value of the label "role" of the members that count. Default: all count.
	Role string
	// QuorumSize is for [StaticQuorum]: how many members a side must have. Required there.
	QuorumSize int
	// KeepAlone is for [KeepOldest]: the oldest member is kept also when it is alone and
	// two or more others are not.
	KeepAlone bool
	// Referee is for [KeepReferee]: the address of the member to be with. Required there.
	Referee string
	// Minimum is for [KeepReferee]: how many members its side must have. Default: 1.
	Minimum int

	// StableAfter is how long nothing may change before a decision: longer than a
	// change takes to reach all members of a side. 7 s suffice for 5 nodes, 10 s for 10,
	// 17 s for 50, 30 s for 1,000. Default: 20 s.
	StableAfter time.Duration
	// UnstableAfter is how much longer changes may postpone a decision. Default: three
	// quarters of StableAfter.
	UnstableAfter time.Duration
	// LoseWhenUnstable fences the node when changes do not end. By default the members
	// that did not change decide, and one flapping member takes no other with it.
	LoseWhenUnstable bool
	// Settle is how long a member must have been alive and unchanged to count for its
	// side, at least 20 s. Default: StableAfter, if that is longer than 20 s.
	Settle time.Duration
	// UnfenceAfter is how long nothing may change before a fenced node serves again.
	// Default: 5 s.
	UnfenceAfter time.Duration
	// MaxPause is how long the process may be stopped without having to ask others
	// whether it still may serve, at least 1 s. Default: 2 s.
	MaxPause time.Duration
	// Tick is how often the resolver looks whether something is due. Default: 1 s.
	Tick time.Duration
	// Handover is how long a node must have owned a key before [Node.Accept] accepts it.
	// By then the former owner has stopped: guarded ownership, for keys with a single
	// writer. [AutoHandover] is the shortest that suffices. Default: off.
	Handover time.Duration

	// Lease is for [LeaseMajority]. Required there.
	Lease lease.Lease
	// LeaseTimeout is how long an operation on the lease may take. Default: 5 s.
	LeaseTimeout time.Duration
	// MinorityDelay is how much later than a majority a minority asks for the lease.
	// Default: 2 s.
	MinorityDelay time.Duration

	// StateFile is the path of a file that keeps across restarts whether the node is fenced,
	// and which members it misses. Without one a restarted node is fenced until others say
	// that it may serve. Default: none.
	StateFile string
}

// AutoHandover stands for the shortest [Resolve.Handover] that suffices: StableAfter +
// UnstableAfter + MaxPause + Tick + 14 s, so 52 s by default; with [LeaseMajority] also
// MinorityDelay + 3 LeaseTimeout, so 69 s.
const AutoHandover time.Duration = -1

// Validate returns an error that wraps [ErrConfig] and names the first setting that makes no
// sense; a Lease that is missing is left to [New].
func (r *Resolve) Validate() error {
	if r.Strategy == resolve.Off && *r != (Resolve{}) {
		return fmt.Errorf("%w: Resolve has settings and no strategy", swim.ErrConfig)
	}
	if r.Referee != "" {
		if _, err := wire.ParseAddress(r.Referee); err != nil {
			return fmt.Errorf("%w: Resolve.Referee: %w", swim.ErrConfig, err)
		}
	}
	c := r.config()
	return c.Validate()
}

// apply changes the settings of a core to those that r names.
func (r *Resolve) apply(settings *core.Config) (err error) {
	if err := r.check(); err != nil || r.Strategy == resolve.Off {
		return err
	}
	settings.Resolve = r.config()
	if r.StateFile != "" {
		settings.Saved, err = readState(r.StateFile, settings.Swim.Address)
	}
	return err
}

// config returns the settings with the defaults of those that are not set.
func (r *Resolve) config() resolve.Config {
	c := resolve.DefaultConfig()
	c.Strategy, c.Policy = r.Strategy, r.Policy
	c.Role, c.QuorumSize, c.DownIfAlone, c.Referee = r.Role, r.QuorumSize, !r.KeepAlone, wire.Address(r.Referee)
	set(&c.Minimum, r.Minimum)
	set(&c.StableAfter, r.StableAfter)
	c.UnstableAfter = cmp.Or(r.UnstableAfter, c.StableAfter*3/4)
	if r.LoseWhenUnstable {
		c.WhenUnstable = resolve.UnstableLose
	}
	c.Settle = cmp.Or(r.Settle, max(resolve.MinSettle, c.StableAfter))
	set(&c.UnfenceAfter, r.UnfenceAfter)
	set(&c.MaxPause, r.MaxPause)
	set(&c.Tick, r.Tick)
	set(&c.LeaseTimeout, r.LeaseTimeout)
	set(&c.MinorityDelay, r.MinorityDelay)
	c.Handover = r.Handover
	if r.Handover == AutoHandover {
		c.Handover = c.SafeHandover()
	}
	return c
}

func (r *Resolve) check() error {
	switch {
	case r.Strategy == resolve.LeaseMajority && r.Lease == nil:
		return fmt.Errorf("%w: strategy %v needs a Resolve.Lease", swim.ErrConfig, r.Strategy)
	case r.Strategy != resolve.LeaseMajority && r.Lease != nil:
		return fmt.Errorf("%w: strategy %v takes no Resolve.Lease", swim.ErrConfig, r.Strategy)
	}
	return r.Validate()
}

// resolving is what a node does for its resolver.
type resolving struct {
	cfg     resolve.Config
	lease   lease.Lease
	state   *stateFile    // nil: nothing is kept
	lost    chan struct{} // closed when the node has evicted itself because it has lost
	fenced  fencedTime    // under the lock of the node
	decided [2]uint64     // decisions, lost and kept; under the lock
	failed  uint64        // operations on the lease; under the lock
}

// Lost returns a channel that is closed when this node has lost a decision and, by the
// policy [resolve.Exit], has evicted itself: the program should end, to be started again.
func (n *Node) Lost() <-chan struct{} { return n.resolving.lost }

// followResolver does what the node does about an event of its resolver. Under the lock.
func (n *Node) followResolver(now time.Time, event Event) {
	r := &n.resolving
	switch e := event.(type) {
	case resolve.StateChanged:
		r.state.changed()
	case resolve.Paused:
		n.handover.Follow(now.Sub(n.started), nil) // also if it is over with the same input
	case resolve.Decided:
		r.state.changed()
		if e.Kept {
			r.decided[1]++
			break
		}
		r.decided[0]++
		if r.cfg.Policy == resolve.Exit {
			n.running.Go(n.exit)
		}
	case resolve.LeaseFailed:
		r.failed++
	case swim.MembersChanged:
		r.state.changed()
	}
}

// exit evicts the node after it has lost. The members of its own side stop sending to it at
// once, and do not have to find out.
func (n *Node) exit() {
	ctx, cancel := context.WithTimeout(n.ctx, exitTimeout)
	defer cancel()
	if err := n.SelfEvict(ctx); err != nil {
		n.log.Warn("resolver: the node has lost, and its self eviction failed", "error", err)
	}
	if n.ctx.Err() == nil {
		close(n.resolving.lost)
	}
}

const exitTimeout = 3 * time.Second

// askLease carries out an operation on the lease for the core.
func (n *Node) askLease(request *resolve.LeaseRequest) {
	ctx, cancel := context.WithTimeout(n.ctx, n.resolving.cfg.LeaseTimeout)
	defer cancel()
	var record lease.Record
	var err error
	if request.To == nil {
		record, err = n.resolving.lease.Read(ctx)
	} else {
		record, err = n.resolving.lease.Advance(ctx, request.From, *request.To)
	}
	n.input(func(c *core.Core, now time.Time) { c.LeaseDone(now, request.ID, record, err) })
}

// WriteOff makes this node stop missing a member that will not come back, and reports whether
// it was missed. The error is [ErrNoResolver] or [ErrClosed].
func (n *Node) WriteOff(member string) (missed bool, err error) {
	err = ErrClosed
	n.input(func(c *core.Core, now time.Time) { missed, err = c.WriteOff(now, wire.Address(member)) })
	return missed, err
}

// Keep makes this node serve without the unreachable members, whatever its resolver has
// decided: the way out when all nodes are fenced. If two sides are told so, both serve. The
// error is [ErrNoResolver], [ErrStarting] or [ErrClosed].
func (n *Node) Keep() error {
	err := ErrClosed
	n.input(func(c *core.Core, now time.Time) { err = c.Keep(now) })
	if errors.Is(err, swim.ErrNotReady) {
		return ErrStarting
	}
	return err
}

// fencedTime is how long a node has refused to serve.
type fencedTime struct {
	before time.Duration
	since  time.Time // zero: it serves
}

func (f *fencedTime) set(now time.Time, refuses bool) {
	switch {
	case refuses && f.since.IsZero():
		f.since = now
	case !refuses && !f.since.IsZero():
		f.before, f.since = f.total(now), time.Time{}
	}
}

func (f *fencedTime) total(now time.Time) time.Duration {
	if f.since.IsZero() {
		return f.before
	}
	return f.before + now.Sub(f.since)
}
