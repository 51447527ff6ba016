package akka

import (
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/wire"
)

// Sequence is the resolver of one node: it handles events and decides at ticks, while the
// node is the leader. Times must not go back.
type Sequence struct {
	rules   Rules
	self    wire.Address
	cluster *Cluster
	clock   resolve.Clockwork
	granted bool // what the lease answers

	leads   bool // the node is the leader, or no event has named one
	added   bool // the node is up or weakly up
	stopped bool // the node was removed
	gone    map[wire.Address]bool

	holds   bool // the lease
	waiting Decision
	askAt   time.Time
	stash   []Event // what has happened while waiting for the lease

	decided []Decided
}

// Decided is a decision that takes members down.
type Decided struct {
	At       time.Time
	Decision Decision
	Down     []wire.Address
	Err      error // ErrDoubleIndirect
}

// Kind is what has happened.
type Kind uint8

// The kinds of events.
const (
	MemberUp Kind = iota
	MemberJoined
	MemberWeaklyUp
	MemberLeft
	MemberExited
	MemberRemoved
	MemberUnreachable
	MemberReachable
	LeaderChanged
	ReachabilityChanged
	SeenChanged
)

// Event is something that the cluster tells the resolver.
type Event struct {
	Kind    Kind
	Member  Member         // of the member events; of LeaderChanged only the address
	Records []Record       // of ReachabilityChanged
	Seen    []wire.Address // of SeenChanged
}

// NewSequence returns the resolver of a node that knows of no member.
func NewSequence(rules Rules, self wire.Address, c *Cluster, clock resolve.Clockwork, granted bool, now time.Time) *Sequence {
	s := &Sequence{rules: rules, self: self, cluster: c, clock: clock, granted: granted, leads: true, gone: make(map[wire.Address]bool)}
	s.clock.Changed(now)
	return s
}

// FollowLeader makes the node act only once it hears that it is the leader.
func (s *Sequence) FollowLeader() { s.leads = false }

// Decided returns the decisions up to now.
func (s *Sequence) Decided() []Decided { return s.decided }

// Handle handles an event.
func (s *Sequence) Handle(now time.Time, e Event) {
	s.Advance(now)
	if s.waiting != None {
		s.stash = append(s.stash, e)
		return
	}
	s.handle(now, e)
}

func (s *Sequence) handle(now time.Time, e Event) {
	m := e.Member
	ours := m.DC == s.cluster.dc
	switch e.Kind {
	case LeaderChanged:
		s.leads = m.Address == s.self
	case ReachabilityChanged:
		s.cluster.SetRecords(e.Records)
	case SeenChanged:
		s.cluster.SetSeen(e.Seen)
	case MemberUnreachable, MemberReachable:
		s.reachability(now, e.Kind == MemberUnreachable, m)
	case MemberRemoved:
		s.stopped = s.stopped || m.Address == s.self
		if ours {
			s.gone[m.Address] = true
			s.cluster.Remove(m.Address)
			s.calmIfSettled()
		}
	default:
		s.cluster.Set(m)
		if ours {
			delete(s.gone, m.Address)
		}
		s.added = s.added || m.Address == s.self && (e.Kind == MemberUp || e.Kind == MemberWeaklyUp)
		if ours && (e.Kind == MemberUp || e.Kind == MemberExited) {
			s.clock.Changed(now)
		}
	}
}

func (s *Sequence) reachability(now time.Time, unreachable bool, m Member) {
	if m.Address == s.self || m.DC != s.cluster.dc || s.gone[m.Address] || s.cluster.Unreachable(m.Address) == unreachable {
		return
	}
	s.cluster.Set(m)
	s.cluster.SetUnreachable(m.Address, unreachable)
	s.clock.Changed(now)
	s.clock.Unsure(now)
	s.calmIfSettled()
}

func (s *Sequence) calmIfSettled() {
	if s.cluster.settled() {
		s.clock.Calm()
	}
}

// Advance hands in the answer of the lease, if it was to be asked by now.
func (s *Sequence) Advance(now time.Time) {
	if s.waiting == None || now.Before(s.askAt) {
		return
	}
	d := s.waiting
	s.waiting = None
	s.holds = s.granted
	if !s.granted {
		d = d.Reverse()
	}
	s.act(s.askAt, d)
	stash := s.stash
	s.stash = nil
	for _, e := range stash {
		s.handle(s.askAt, e)
	}
}

// Waiting returns when the lease will answer; ok is false if it was not asked.
func (s *Sequence) Waiting() (at time.Time, ok bool) { return s.askAt, s.waiting != None }

// Tick looks whether to decide.
func (s *Sequence) Tick(now time.Time) {
	s.Advance(now)
	if s.waiting != None || s.stopped {
		return
	}
	due := s.clock.Look(now)
	if due == resolve.Restless {
		s.act(now, DownAll) // on any node
		return
	}
	if due != resolve.Rested || !s.leads || !s.added || len(s.cluster.unreachable) == 0 {
		return
	}
	d, delay := s.rules.Decide(s.cluster)
	if d.NeedsLease() && !s.holds {
		s.waiting, s.askAt = d, now.Add(delay)
		s.Advance(now)
		return
	}
	s.act(now, d)
}

func (s *Sequence) act(now time.Time, d Decision) {
	down, err := s.rules.Down(s.cluster, d)
	if len(down) == 0 {
		return
	}
	s.decided = append(s.decided, Decided{now, d, down, err})
	s.clock.Calm()
	s.clock.Changed(now)
}
