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
// the ring of each node, and samples which nodes would accept which keys. What it checks of
// splits is in split.go.
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
