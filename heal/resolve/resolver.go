package resolve

import (
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Membership is what a resolver reads of its node. A [swim.Node] is one.
type Membership interface {
	Self() swim.Member
	Each(func(*swim.Member) bool)
	Checksum() uint32
}

// Effects are what a resolver wants done.
type Effects struct {
	Ask       []wire.Address // for their report
	Lease     *LeaseRequest  // nil: none
	NeedHosts bool           // of discovery
	Events    []swim.Event
}

// Resolver decides whether its node may serve. It is not safe for concurrent use.
type Resolver struct {
	cfg  Config
	node Membership
	out  Effects

	state  State
	since  time.Time // of the state
	why    string    // the reason for it
	paused bool      // the process was stopped, and no member has confirmed since that it may serve
	epoch  uint64
	roster roster
	clock  Clockwork
	now    time.Time
	next   time.Time // tick

	peers   peers
	lease   lease
	verdict Verdict // the last

	vanished time.Time // when the last unreachable member went for good
	warned   bool      // that it is still starting
}

// New returns the resolver of a node. It is starting, and fenced. The configuration must
// be valid and its strategy not [Off].
func New(cfg Config, node Membership, now time.Time) *Resolver {
	self := node.Self().Address
	r := &Resolver{
		cfg:    cfg,
		node:   node,
		roster: newRoster(self),
		clock:  Clockwork{StableAfter: cfg.StableAfter, UnstableAfter: cfg.UnstableAfter},
		now:    now,
		since:  now,
		next:   now,
		peers:  newPeers(self),
	}
	r.clock.Changed(now)
	node.Each(func(m *swim.Member) bool {
		copied := *m
		c := swim.MemberChange{After: &copied}
		r.roster.apply(now, &c, moved)
		return true
	})
	r.out.NeedHosts = true
	return r
}

// Take returns the effects since it was last called.
func (r *Resolver) Take() Effects {
	out := r.out
	r.out = Effects{}
	return out
}

// State returns the state.
func (r *Resolver) State() State { return r.state }

// Since returns when the resolver came to its state.
func (r *Resolver) Since() time.Time { return r.since }

// Serves reports whether the node may serve now.
func (r *Resolver) Serves() bool { return r.state.Serves() && !r.paused }

// Epoch grows with each decision that keeps this side.
func (r *Resolver) Epoch() uint64 { return r.epoch }

// Verdict returns the last decision.
func (r *Resolver) Verdict() Verdict { return r.verdict }

// Count returns the verdict that a decision would have now.
func (r *Resolver) Count() Verdict {
	if r.clock.First().IsZero() {
		r.roster.freeze(r.now, r.cfg.Settle)
	}
	return r.cfg.Decide(r.roster.sides(r.cfg.Role, false))
}

// Missed returns the members that are unreachable and not written off, in order.
func (r *Resolver) Missed() []wire.Address { return r.roster.base((*row).missed) }

// WrittenOff returns the members without which a decision was made, in order.
func (r *Resolver) WrittenOff() []wire.Address { return r.roster.writtenOff() }

// Observe hands in events. It must be called with every event before the next Advance.
func (r *Resolver) Observe(now time.Time, events []swim.Event) {
	r.at(now)
	for _, e := range events {
		switch e := e.(type) {
		case swim.MembersChanged:
			r.changed(e.Changes)
		case swim.Refuted:
			if e.Accusation.Status == wire.Faulty {
				r.unsettle() // others may have written this node off
			}
		case swim.Stalled:
			if e.For > r.cfg.MaxPause {
				r.stalled(e.For)
			}
		}
	}
}

func (r *Resolver) at(now time.Time) {
	if now.After(r.now) {
		r.now = now
	}
}

// changed takes over changes of members.
func (r *Resolver) changed(changes []swim.MemberChange) {
	for i := range changes {
		c := &changes[i]
		means := r.roster.preview(c)
		if means == turnedDead && r.decides() {
			r.doubt()
		}
		r.roster.apply(r.now, c, means)
		if means != noChange {
			r.clock.Changed(r.now)
		}
	}
	if r.state == Uncertain && r.roster.missed == 0 && !r.paused {
		r.rest("no member is missed any more")
	}
	if r.state == Kept && r.roster.off == 0 && r.roster.missed == 0 {
		r.become(Stable, "those written off are back")
	}
}

// decides reports whether the resolver is not fenced already.
func (r *Resolver) decides() bool { return r.state != Starting && r.state != Lost }

// doubt begins an uncertain period, unless there is one.
func (r *Resolver) doubt() {
	if r.clock.First().IsZero() {
		r.clock.Unsure(r.now)
		r.roster.freeze(r.now, r.cfg.Settle)
		r.lease.baseBefore = r.holder()
	}
	r.become(Uncertain, "a member is unreachable")
}

// doubtAnew begins another uncertain period if members are missed still.
func (r *Resolver) doubtAnew() {
	if r.roster.missed > 0 {
		r.clock.Changed(r.now)
		r.doubt()
	}
}

// stalled doubts everything after a pause: the others may have decided without this node.
func (r *Resolver) stalled(pause time.Duration) {
	if !r.decides() {
		return
	}
	r.emit(Paused{For: pause})
	r.paused = true
	r.peers.answered = make(map[wire.Address]bool)
	if r.clock.First().IsZero() {
		// The time of the pause settles no member.
		r.roster.freeze(r.now.Add(-pause), r.cfg.Settle)
		r.lease.baseBefore = r.holder()
	}
	r.clock.Calm()
	r.clock.Unsure(r.now)
	r.clock.Changed(r.now)
	r.unsettle()
	r.become(Uncertain, "the process was stopped")
}

// unsettle makes the node count for no side until it has settled again.
func (r *Resolver) unsettle() {
	if me := r.roster.rows[r.roster.self]; me != nil {
		me.since, me.settled, me.changed = r.now, false, true
	}
}

// rest ends an uncertain period without a decision.
func (r *Resolver) rest(why string) {
	r.clock.Calm()
	r.resume()
	if r.lease.underWay() {
		r.lease.give()
		r.lease.rebase = true // it may have been granted
	}
	r.calmDown(why)
}

// calmDown makes the state one in which nothing is to be decided.
func (r *Resolver) calmDown(why string) {
	if r.roster.off > 0 {
		r.become(Kept, why)
	} else {
		r.become(Stable, why)
	}
}

func (r *Resolver) resume() {
	if r.paused {
		r.paused = false
		r.emit(Resumed{})
	}
}

func (r *Resolver) become(s State, why string) { r.becomes(s, why, false) }

func (r *Resolver) becomes(s State, why string, decided bool) {
	if s != r.state {
		r.emit(StateChanged{From: r.state, To: s, Why: why, Decided: decided})
		r.state, r.since, r.why = s, r.now, why
	}
}

func (r *Resolver) emit(e swim.Event) { r.out.Events = append(r.out.Events, e) }

// Advance does what is due at a time.
func (r *Resolver) Advance(now time.Time) {
	r.at(now)
	if r.roster.vanished {
		r.roster.vanished, r.vanished = false, r.now
	}
	if r.now.Before(r.next) {
		return
	}
	r.next = r.now.Add(r.cfg.Tick)
	r.Tick(r.now)
}

// Tick looks whether a decision is due. Advance calls it.
func (r *Resolver) Tick(now time.Time) {
	r.at(now)
	if r.cfg.Strategy == LeaseMajority {
		r.tickLease()
	}
	switch {
	case r.state == Uncertain:
		r.look()
	case !r.decides():
		r.tryToServe()
	}
	if r.state == Starting {
		r.warn()
	}
	if !r.Serves() {
		r.ask()
	}
}

// Deadline returns when Advance is due at the latest; ok is false when it never is. At
// rest that is so, unless a lease is to be looked at.
func (r *Resolver) Deadline() (at time.Time, ok bool) {
	switch {
	case !r.Serves() || r.lease.underWay():
		at, ok = r.next, true
	case r.state == Uncertain:
		at, ok = r.clock.Deadline(), true
		if r.roster.suspects > 0 || !at.After(r.now) {
			at = r.next
		}
	}
	if r.cfg.Strategy == LeaseMajority {
		if due := r.leaseDeadline(); !ok || due.Before(at) {
			at, ok = due, true
		}
	}
	if ok && at.Before(r.next) {
		at = r.next
	}
	return at, ok
}
