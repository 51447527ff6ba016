package guardsim

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/guard/plan"
	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/check"
	"github.com/ringmend/ringmend/sim/script"
	"github.com/ringmend/ringmend/sim/world"
)

// Mutant is a check that guards leave out, to show that it is missed.
type Mutant string

// The mutants.
const (
	// Blind guards do not check whether a belief would kill a member, and send what a
	// node would: whole memberships.
	Blind Mutant = "blind"
	// AsksNobody guards assume that the network is whole, without asking.
	AsksNobody Mutant = "asks-nobody"
)

// The invariants of guards.
const (
	// Harmless: what a guard tells a node makes no member that lives unpingable to it.
	Harmless = "guard-harmless"
	// AsksFirst: no node is told of another side while every node of that side is cut off
	// from every node of its own.
	AsksFirst = "guard-asks-first"
	// Quiet: a guard does nothing to a ring that has been one for a while.
	Quiet = "guard-quiet"
)

// Options configure the guards.
type Options struct {
	Guards int
	Mutant Mutant
	// Alone turns off the nodes' own healing.
	Alone bool
	// Aside puts all guards on hosts of nodes: during a cut they see one side.
	Aside bool
}

// play is a world with guards in it.
type play struct {
	*world.World
	world.Nothing
	checks    *check.Checks
	mutant    Mutant
	questions []*question
	telling   *world.Node   // the node that handles a guard's request
	split     time.Duration // when there was last more than one side
	reached   time.Duration // when a question was last answered with yes
	Done      Figures
}

// Figures say what guards did, and what became of the ring.
type Figures struct {
	Asked, Told, Rescues, Reconnected int
	// Healed is when, after the last step of the script, all nodes first held each other
	// alive; negative if never. Harmed is how often a node came to hold one that
	// runs unpingable after that step.
	Healed time.Duration
	Harmed int
}

// question is a ping-req of a guard that is under way.
type question struct {
	from   *world.Node
	target wire.Address
	then   func(plan.Answer)
	call   *world.Call
	over   bool
}

// Play plays a script with guards, and returns the first violation, nil if there is
// none, and what the guards did.
func Play(s *script.Script, o Options) (*world.Violation, Figures) {
	w := world.New(s)
	p := &play{World: w, checks: check.New(w), mutant: o.Mutant}
	if o.Alone {
		w.Configure(func(_ *world.Node, c *core.Config) { c.Heal.Disabled = true })
	}
	w.Observe(p.checks, p)
	w.Begin()
	end := s.For
	if end == 0 {
		b := p.checks.Bounds()
		end = w.LastStep() + 2*b.Converge + 2*b.Settle()
	}
	rng := rand.New(rand.NewPCG(s.Seed, 6))
	for i := range o.Guards {
		host := int32(between)
		if i > 0 || o.Aside || rng.IntN(2) == 0 && !o.Alone {
			host = rng.Int32N(int32(s.Nodes))
		}
		ends := time.Duration(0)
		if i > 0 && rng.IntN(2) == 0 {
			ends = time.Duration(rng.Int64N(int64(w.LastStep()) + 1))
		}
		p.addGuard(host, rng.Uint64(), ends)
	}
	p.Done.Healed = -1
	p.After(w.LastStep(), p.sample)
	w.RunUntil(end)
	return w.Violation, p.Done
}

// sample finds out when the ring is whole.
func (p *play) sample() {
	if p.isWhole() {
		p.Done.Healed = p.Now - p.LastStep()
		return
	}
	p.After(sampleEvery, p.sample)
}

const sampleEvery = 20 * time.Millisecond

func (p *play) isWhole() bool {
	for _, n := range p.Nodes {
		for _, other := range p.Nodes {
			if m, known := n.Core.Node().Member(other.Address); !known || m.Status != wire.Alive {
				return false
			}
		}
	}
	return true
}

// Sent implements world.Observer: a question of a guard makes a node send a ping.
func (p *play) Sent(c *world.Call, _ wire.ChangeList) {
	if c.Why != swim.Relay || c.To == nil {
		return
	}
	for _, q := range p.questions {
		if q.call == nil && !q.over && q.from == c.From && q.target == c.To.Address {
			q.call = c
			p.Done.Asked++
			return
		}
	}
}

// Finished implements world.Observer.
func (p *play) Finished(c *world.Call, err error) {
	for _, q := range p.questions {
		if q.call == c {
			p.settle(q, plan.Answer{Reached: err == nil, Stalled: err != nil && p.Now >= c.Deadline})
			return
		}
	}
}

// settle ends a question.
func (p *play) settle(q *question, a plan.Answer) {
	if q.over {
		return
	}
	q.over = true
	if a.Reached {
		p.reached = p.Now
	}
	p.questions = slices.DeleteFunc(p.questions, func(other *question) bool { return other == q })
	q.then(a)
}

// beforeTell checks whether a node may be told something now.
func (p *play) beforeTell(g *guard, n *world.Node, c plan.Call) {
	p.telling = n
	p.Done.Told++
	if one, since, _ := p.checks.IsOne(); one && p.Now-since > quietAfter && c.Node != c.Changes[0].Address && p.Now-p.split > quietAfter {
		p.Violate(Quiet, []*world.Node{n}, "a guard tells node %d of %d members, and the ring has been one since %v", n.Number(), len(c.Changes), since)
	}
	if len(c.Changes) == 1 && c.Changes[0].Status == wire.Suspect {
		return
	}
	if p.Now-p.reached > justNow && !p.anyReached(n, c.Changes) {
		p.Violate(AsksFirst, []*world.Node{n}, "a guard tells node %d of %d members of another side that none of its side reaches", n.Number(), len(c.Changes))
	}
}

// seeSides records whether there is more than one side of the nodes that run. An island
// that no list leads to is one, and the simulator does not expect it to be merged.
func (p *play) seeSides() {
	all := &guard{play: p, host: between}
	if len(admin.VerdictOf(all.cluster()).Sides) > 1 {
		p.split = p.Now
	}
}

// quietAfter is how long a guard may go on with what it has begun.
const quietAfter = 5 * time.Second

// justNow is how long ago a question may have been answered: a cut may come in between.
const justNow = 50 * time.Millisecond

// anyReached reports whether some node that n holds pingable, or n itself, reaches one of
// the members that n is told of.
func (p *play) anyReached(n *world.Node, changes []wire.Change) bool {
	for _, own := range p.Nodes {
		m, known := n.Core.Node().Member(own.Address)
		if own != n && (!known || !m.Status.Pingable()) {
			continue
		}
		for _, c := range changes {
			if to := p.At(c.Address); to != nil && (to == own || p.Net.Blocked(own.Index, to.Index) == "") {
				return true
			}
		}
	}
	return false
}

// Changed implements world.Observer.
func (p *play) Changed(n, subject *world.Node, c *swim.MemberChange) {
	if subject == nil || c.Before == nil || c.After == nil ||
		!subject.IsRunning(p.Now) || subject.Left || subject.Doomed || !c.Before.Status.Pingable() || c.After.Status.Pingable() {
		return
	}
	if p.Now > p.LastStep() {
		p.Done.Harmed++
	}
	if p.telling == n {
		p.Violate(Harmless, []*world.Node{n, subject}, "a guard makes node %d hold node %d %v", n.Number(), subject.Number(), c.After.Status)
	}
}
