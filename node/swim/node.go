package swim

import (
	"errors"
	"maps"
	"math/rand/v2"
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// Why a request is refused. The text goes to the sender.
var (
	ErrNotReady      = wire.ErrNotReady
	ErrOtherApp      = errors.New("request is for another app")
	ErrOwnAddress    = errors.New("request claims to come from the node that it was sent to")
	ErrUnknownTarget = errors.New("target is not a known member")
	ErrFuture        = errors.New("incarnation lies too far in the future")
	ErrNoPeriod      = errors.New("too many probes under way")
)

// Node is the state machine of one node. See the package comment for how to
// drive it. It is not safe for concurrent use.
type Node struct {
	cfg   Config
	rng   *rand.Rand
	out   *Effects
	calls *Calls

	now time.Time // the last that Advance was told

	table  *table.Table
	me     table.MemberID    // the node's own, in table
	self   Member            // what it says of itself: the same as in table
	order  *table.ProbeOrder // all members but self
	gossip dissemination
	timers *table.Timers // of all members but self that are suspect, faulty or a tombstone

	ready   bool // bootstrap is over; stays
	evicted bool // Evict was called; stays

	boot       bootstrap // unused once ready
	hosts      hosts
	clock      clock
	capacity   capacity
	guard      partitionGuard
	suspicions suspicions

	period    period
	probing   int // probes under way
	contacts  contacts
	failing   failing
	health    localHealth
	early     earlyPeriods
	settling  settling
	said      said
	spare     *probe // that is over; nil: there is none
	unready   unready
	fetches   fetches
	announced throttle
	pushes    pushes

	membership wire.ChangeList // all members, or empty: see Membership
}

// New returns a node that is alone and not ready: [Node.Bootstrap] makes it so.
// The configuration must be valid. Effects are appended to out.
func New(cfg Config, now time.Time, rng *rand.Rand, out *Effects, calls *Calls) *Node {
	n := &Node{
		cfg:    cfg,
		rng:    rng,
		out:    out,
		calls:  calls,
		now:    now,
		order:  table.NewProbeOrder(rng),
		period: newPeriod(cfg.ProtocolPeriod),
	}
	n.table, n.me = table.New(cfg.Flavour, cfg.Shared, cfg.Address)
	n.gossip = newDissemination(n.table, cfg.PiggybackFactor, &n.cfg.Rules)
	n.gossip.pending.AccusersAreNews(cfg.Detection.Adaptive)
	n.health.max = cfg.Detection.MaxHealthScore
	n.timers = table.NewTimers(n.table, now)
	n.boot = bootstrap{cfg: &n.cfg, hosts: &n.hosts}
	n.hosts = hosts{table: n.table, self: cfg.Address}
	n.clock = clock{table: n.table, me: n.me, out: out, maxAhead: cfg.MaxAhead, keep: cfg.ProtocolPeriod}
	n.capacity = capacity{table: n.table, timers: n.timers, me: n.me, max: cfg.MaxMembers}
	n.guard = partitionGuard{table: n.table, me: n.me, rules: &n.cfg.Rules}
	n.fetches = fetches{cfg: &n.cfg, last: make(map[wire.Address]time.Time)}
	first := n.table.Begin()
	first.Add(n.me, table.State{Incarnation: max(1, now.UnixMilli()), Status: wire.Alive, Labels: maps.Clone(cfg.Labels)})
	n.self = n.table.Member(n.me)
	n.recordSelf()
	return n
}

// stall is how late Advance may come before the node assumes that it was stopped for
// a while, rather than driven by a busy machine.
const stall = time.Second

// Advance tells the node what time it is, and does what is due. A time before
// the last one is taken as the last one.
func (n *Node) Advance(now time.Time) {
	if !now.After(n.now) {
		now = n.now
	}
	late := time.Duration(0)
	if now.Sub(n.now) > n.tooLate() { // else nothing can have been due for longer
		if deadline, ok := n.Deadline(); ok {
			late = now.Sub(deadline)
		}
	}
	n.now = now
	switch {
	case late > stall:
		// Suspects may have refuted meanwhile without being heard. What they
		// said comes in now, if it does.
		n.timers.Postpone(wire.Suspect, late+stall)
		n.fetches.stalled(now)
		n.contacts.last = now
		n.emit(Stalled{For: late})
	case late > n.tooLate() && n.cfg.Detection.Adaptive:
		n.timers.Postpone(wire.Suspect, late)
	}
	n.table.Sweep()
	n.expire()
	n.bootstrapDue()
	n.periodDue()
}

// Deadline returns when Advance is due at the latest; ok is false when nothing
// is to be waited for.
func (n *Node) Deadline() (at time.Time, ok bool) {
	at, ok = n.timers.Next()
	earlier := func(t time.Time) {
		if !ok || t.Before(at) {
			at, ok = t, true
		}
	}
	if n.gossiping() {
		earlier(n.period.next)
	}
	if !n.boot.retry.IsZero() {
		earlier(n.boot.retry)
	}
	return at, ok
}

func (n *Node) emit(e Event) { n.out.emit(e) }

func (n *Node) answer(to RequestID, response wire.Response, err error) {
	n.out.Answers = append(n.out.Answers, Answer{To: to, Response: response, Err: err})
}

// Address returns the address of the node.
func (n *Node) Address() wire.Address { return n.self.Address }

// Self returns what the node says of itself.
func (n *Node) Self() Member { return n.self }

// Ready reports whether bootstrap is over.
func (n *Node) Ready() bool { return n.ready }

// Member returns what is believed of a member.
func (n *Node) Member(address wire.Address) (m Member, ok bool) {
	if m, ok := n.table.Find(address); ok {
		return n.table.Member(m), true
	}
	return Member{}, false
}

// Members returns all members, the node itself included, sorted by address.
func (n *Node) Members() []Member { return n.table.Sorted() }

// Len returns how many members are known, the node itself included.
func (n *Node) Len() int { return n.table.Len() }

// Each calls f for every member until f returns false, in an order that is the
// same on every node with the same members. f must not keep or change them.
func (n *Node) Each(f func(*Member) bool) {
	var m Member
	for id := range n.table.All() {
		m = n.table.Member(id)
		if !f(&m) {
			return
		}
	}
}

// Pingable returns how many members are pingable, the node itself included.
func (n *Node) Pingable() int { return n.table.Pingable() }

// Standing returns the place of the node among the members.
func (n *Node) Standing() Standing {
	s := Standing{Rank: n.table.Rank(), NoDeadBefore: n.table.NoDeadBefore()}
	if first := n.table.First(); first != table.NoMember {
		s.First = n.table.Address(first)
	}
	return s
}

// Others returns how many members are pingable besides the node itself.
func (n *Node) Others() int {
	if n.self.Status.Pingable() {
		return n.table.Pingable() - 1
	}
	return n.table.Pingable()
}

// Checksum returns the checksum of the membership.
func (n *Node) Checksum() uint32 { return n.table.Checksum() }

// Spreads reports whether this node still tells others what is believed of a member.
func (n *Node) Spreads(address wire.Address) bool {
	m, known := n.table.Find(address)
	return known && n.gossip.pending.Has(m)
}

// Pending returns how many changes are still being spread.
func (n *Node) Pending() int { return n.gossip.pending.Len() }

func (n *Node) isOtherPingable(m table.MemberID) bool {
	return m != n.me && n.table.Status(m).Pingable()
}

// Standing is the place of a node among the members, in the order of [Node.Each].
type Standing struct {
	First        wire.Address // the first pingable member
	Rank         int          // how many pingable members come before the node
	NoDeadBefore bool         // no member that is held faulty, or a tombstone, comes before First
}

// change returns what is believed of m as a change declared by this node.
func (n *Node) change(m *Member) wire.Change {
	return wire.Change{
		Source:            n.self.Address,
		SourceIncarnation: n.self.Incarnation,
		Address:           m.Address,
		Incarnation:       m.Incarnation,
		Status:            m.Status,
		Labels:            m.Labels,
		Timestamp:         n.now.Unix(),
	}
}
