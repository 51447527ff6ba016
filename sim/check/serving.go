package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/handover"
	"github.com/ringmend/ringmend/node/ring"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/script"
	"github.com/ringmend/ringmend/sim/world"
)

// Serving is the observer that checks which nodes serve, in runs with resolvers. It keeps
// the ring of each node, and samples which nodes would accept which keys.
type Serving struct {
	world.Nothing
	world  *world.World
	checks *Checks
	cfg    *resolve.Config
	nodes  []serving
	keys   []string

	// Of the cut that stands: since when, and whether all has been well before and nothing
	// has happened since.
	cutAt time.Duration
	parts []script.Set
	clean bool
	// unwell is when the cluster was last not one in which all nodes have served for long.
	unwell    time.Duration
	storeBack time.Duration // when it last changed who reaches the store
	atMends   []script.Set  // who served when a cut was mended
	// Unguarded lets all nodes accept keys at once, to show that it is noticed.
	Unguarded bool
	// AcceptsStale lets nodes accept keys that were stopped, to show that it is noticed.
	AcceptsStale bool
}

// serving is what is known of one node.
type serving struct {
	ring  *ring.Ring
	guard *handover.Guard
	// uncertain is when a decision became due; zero: none is.
	uncertain time.Duration
	kept      bool // by a decision, and nothing has ended it
	storeless bool // it does not reach the store
}

// keysAsked is how many keys stand for all.
const keysAsked = 8

// NewServing returns the checks of a world with resolvers; nil if it has none that count.
func NewServing(w *world.World, c *Checks) *Serving {
	cfg := &w.Rules.Resolve
	if cfg.Strategy == resolve.Off || cfg.Policy == resolve.Observe {
		return nil
	}
	s := &Serving{world: w, checks: c, cfg: cfg, nodes: make([]serving, len(w.Nodes))}
	for i := range keysAsked {
		s.keys = append(s.keys, fmt.Sprint("key ", i))
	}
	return s
}

func (s *Serving) of(n *world.Node) *serving { return &s.nodes[n.Index] }

// Started begins with a node that holds no ring.
func (s *Serving) Started(n *world.Node) {
	r, _ := ring.New(0).Update([]ring.Change{{Server: string(n.Address), Identity: string(n.Address)}})
	s.nodes[n.Index] = serving{storeless: s.of(n).storeless, ring: r, guard: handover.New(string(n.Address), s.cfg.Handover)}
	s.disturbed()
}

// Killed ends what was kept.
func (s *Serving) Killed(n *world.Node) {
	s.of(n).kept = false
	s.disturbed()
}

// Step follows cuts.
func (s *Serving) Step(step *script.Step) {
	switch step.Verb {
	case "cut":
		whole := 0
		for _, set := range step.Sets {
			whole += len(set)
		}
		s.clean = s.world.Net.IsWhole() && whole == len(s.nodes) && s.world.Now-s.unwell > 2*s.cfg.Settle
		s.cutAt, s.parts = s.world.Now, step.Sets
	case "mend":
		s.atMends = append(s.atMends, s.servingNow())
		s.parts, s.clean = nil, false
		s.unwell = s.world.Now
	case "store":
		for _, number := range step.Sets[0] {
			s.nodes[number-1].storeless = step.How != script.HowBack
		}
		s.storeBack = s.world.Now
		s.disturbed()
	default:
		s.disturbed()
	}
}

// disturbed is when something else happens than a clean cut.
func (s *Serving) disturbed() {
	s.clean = false
	s.unwell = s.world.Now
}

// Changed follows the ring of a node.
func (s *Serving) Changed(n, _ *world.Node, c *swim.MemberChange) {
	was := c.Before != nil && c.Before.Status.Pingable()
	is := c.After != nil && c.After.Status.Pingable()
	if was == is {
		return
	}
	address := string(c.Address())
	next, _ := s.of(n).ring.Update([]ring.Change{{Server: address, Identity: address, Remove: !is}})
	s.of(n).ring = next
	if c.After == nil || c.After.Status != wire.Leave {
		s.of(n).guard.Took()
	}
}

// Event follows the resolver of a node.
func (s *Serving) Event(n *world.Node, e swim.Event) {
	o := s.of(n)
	switch e := e.(type) {
	case resolve.Decided:
		o.kept = e.Kept
		if e.Kept {
			s.checkKeepers(n)
		}
	case resolve.StateChanged:
		if e.To != resolve.Kept {
			o.kept = false
		}
		o.uncertain = 0
		if e.To == resolve.Uncertain {
			o.uncertain = s.world.Now
		}
		if !e.To.Serves() {
			o.guard.Follow(s.world.Now, nil)
		}
	case resolve.Paused:
		o.guard.Follow(s.world.Now, nil)
		if o.uncertain > 0 {
			o.uncertain = s.world.Now
		}
	}
}

// Resumed checks which nodes accept at the moment when a process resumes.
func (s *Serving) Resumed(*world.Node) { s.checkAccepts() }

// checkKeepers checks that no two nodes were both kept, each without the other.
func (s *Serving) checkKeepers(n *world.Node) {
	if !s.claimsKeepers() {
		return
	}
	for _, other := range s.world.Nodes {
		if !other.Up || !s.of(other).kept || other == n || s.isStale(other) {
			continue
		}
		if isOff(n, other) && isOff(other, n) {
			s.checks.violate(InvariantOneKeeper, []*world.Node{n, other}, "nodes %d and %d were both kept by %v, each without the other", n.Number(), other.Number(), s.cfg.Strategy)
		}
	}
}

// isOff reports whether a node has written another one off, and it was not back since.
func isOff(n, other *world.Node) bool {
	return slices.Contains(n.Core.Resolver().WrittenOff(), other.Address)
}

// claimsKeepers tells whether that is claimed now: always by a lease or a quorum, and by the
// others where a settled cluster was split cleanly.
func (s *Serving) claimsKeepers() bool {
	return s.clean || s.cfg.Strategy == resolve.LeaseMajority || s.cfg.Strategy == resolve.StaticQuorum
}

// serves reports whether a node would serve now, as package node does.
func (s *Serving) serves(n *world.Node) bool {
	if !n.IsRunning(s.world.Now) || !n.Joined || !n.Core.Resolver().Serves() {
		return false
	}
	return s.AcceptsStale || !s.isStale(n)
}

// isStale reports whether a node has been stopped for so long that it accepts nothing when it
// goes on, whatever it has decided before.
func (s *Serving) isStale(n *world.Node) bool { return s.world.Now-n.Driven > s.cfg.MaxPause }

// servingNow returns the nodes that serve.
func (s *Serving) servingNow() (set script.Set) {
	for _, n := range s.world.Nodes {
		if n.Up && s.serves(n) {
			set = append(set, n.Number())
		}
	}
	return set
}

// Served returns which nodes served at the end of each cut, and last which do now.
func (s *Serving) Served() []script.Set { return append(slices.Clip(s.atMends), s.servingNow()) }

// Sampled looks at all nodes.
func (s *Serving) Sampled() {
	all := true
	for _, n := range s.world.Nodes {
		if !n.Up {
			continue
		}
		s.hold(n)
		s.checkTime(n)
		all = all && s.serves(n) && n.Core.Resolver().State() == resolve.Stable
	}
	if one, _, _ := s.checks.IsOne(); s.parts == nil && !(one && all) {
		s.unwell = s.world.Now
	}
	accepted := s.checkAccepts()
	s.checkSplit(accepted)
	s.checkUnfenced(all)
}

// hold makes the guard of a node follow its ring.
func (s *Serving) hold(n *world.Node) {
	o := s.of(n)
	if !s.serves(n) {
		if n.IsRunning(s.world.Now) {
			o.guard.Follow(s.world.Now, nil)
		}
		return
	}
	o.guard.Follow(s.world.Now, o.ring)
	if len(o.guard.Past()) > 0 && n.Core.AllAgree() {
		o.guard.Release()
	}
}

// checkAccepts checks that no two nodes accept one key, and returns how many keys are
// accepted at all.
func (s *Serving) checkAccepts() (accepted int) {
	if s.cfg.Handover == 0 {
		return 0
	}
	for _, key := range s.keys {
		var by *world.Node
		for _, n := range s.world.Nodes {
			if !n.Up || !s.serves(n) || !s.accepts(n, key) {
				continue
			}
			if by != nil {
				s.checks.violate(InvariantSingleAccept, []*world.Node{by, n}, "nodes %d and %d both accept %q", by.Number(), n.Number(), key)
				return 0
			}
			by = n
		}
		accepted += count(by != nil)
	}
	return accepted
}

func (s *Serving) accepts(n *world.Node, key string) bool {
	o := s.of(n)
	owner, ok := o.ring.Lookup(key)
	return ok && owner == string(n.Address) && (s.Unguarded || o.guard.Past().Holds(s.world.Now, key))
}

// slack is for the tick, for gossip, and for operations on the lease.
func (s *Serving) slack() time.Duration {
	slack := s.cfg.Tick + 2*time.Second
	if s.cfg.Strategy == resolve.LeaseMajority {
		slack += s.cfg.MinorityDelay + 3*s.cfg.LeaseTimeout
	}
	return slack
}

// checkTime checks that a node does not stay uncertain.
func (s *Serving) checkTime(n *world.Node) {
	since := s.of(n).uncertain
	bound := s.cfg.StableAfter + s.cfg.UnstableAfter + s.slack()
	if since > 0 && s.world.Now-since > bound && n.Stood == 0 {
		s.checks.violate(InvariantDecides, []*world.Node{n}, "node %d has been uncertain for %v", n.Number(), s.world.Now-since)
	}
}

// lateDetection is how long it may take until all nodes hold the other side of a clean
// split faulty: one that is alone while packets are dropped takes 18 s.
const lateDetection = 18 * time.Second

// checkSplit checks, some time after a clean split of a cluster in which all was well, that
// exactly the nodes that should serve do so.
func (s *Serving) checkSplit(accepted int) {
	bound := s.cutAt + lateDetection + s.cfg.StableAfter + s.cfg.UnstableAfter + s.slack()
	if s.parts == nil || !s.clean || s.world.Now < bound || s.cfg.Strategy == resolve.LeaseMajority || s.isOnePart() {
		return
	}
	keeper := s.rightful()
	for p, set := range s.parts {
		for _, number := range set {
			n := s.world.Nodes[number-1]
			if n.Life == 0 || n.Left {
				continue
			}
			if serves := s.serves(n); serves != (p == keeper) {
				s.checks.violate(InvariantKeptServes, []*world.Node{n}, "%v after a clean split of a settled cluster, node %d serves: %v; part %d should", s.world.Now-s.cutAt, number, serves, keeper+1)
				return
			}
		}
	}
	if keeper >= 0 && s.cfg.Handover > 0 && s.world.Now > bound+s.cfg.Handover && accepted < len(s.keys) {
		s.checks.violate(InvariantKeptServes, nil, "%v after a clean split of a settled cluster, %d of %d keys are accepted", s.world.Now-s.cutAt, accepted, len(s.keys))
	}
}

// isOnePart reports whether all members are in one part, since the others have left.
func (s *Serving) isOnePart() bool {
	parts := 0
	for _, set := range s.parts {
		parts += count(slices.ContainsFunc(set, func(number int) bool {
			n := s.world.Nodes[number-1]
			return n.Life > 0 && !n.Left
		}))
	}
	return parts < 2
}

// rightful returns which part should serve; -1: none.
func (s *Serving) rightful() int {
	for p, set := range s.parts {
		var sides resolve.Sides
		for _, n := range s.world.Nodes {
			member := resolve.Counted{Address: n.Address, Born: n.Launched().UnixMilli()}
			switch {
			case n.Life == 0, n.Left:
			case slices.Contains(set, n.Number()):
				sides.Own = append(sides.Own, member)
			default:
				sides.Other = append(sides.Other, member)
			}
		}
		if s.cfg.Decide(sides).Keep {
			return p
		}
	}
	return -1
}

// checkUnfenced checks that all nodes serve once the cluster has been one for long, if none
// of them is down for good.
func (s *Serving) checkUnfenced(all bool) {
	calm, isCalm := s.checks.calmSince()
	one, _, _ := s.checks.IsOne()
	since := max(calm, s.checks.state.oneSince, s.storeBack)
	if all || !isCalm || !one || s.world.Now < since+s.cfg.UnfenceAfter+s.cfg.StableAfter+s.cfg.UnstableAfter+s.cfg.Handover+30*time.Second {
		return
	}
	for _, n := range s.world.Nodes {
		if s.of(n).storeless {
			return
		}
		if n.Life > 0 && (!n.Up || n.Left || n.Doomed) || len(s.world.Listed(n)) < len(s.world.Nodes) {
			return // a member may be missed for good, or is not known to all
		}
	}
	for _, n := range s.world.Nodes {
		if n.Up && !s.serves(n) {
			s.checks.violate(InvariantUnfences, []*world.Node{n}, "%v after the cluster is one, node %d does not serve: it is %v", s.world.Now-since, n.Number(), n.Core.Resolver().State())
			return
		}
	}
}
