package guardsim

import (
	"math/rand/v2"
	"slices"
	"time"

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
	// Trusting guards assume that the network is whole, without asking.
	Trusting Mutant = "trusting"
)

// Options configure the guards.
type Options struct {
	Guards int
	Mutant Mutant
	// Alone turns off the nodes' own healing.
	Alone bool
	// Unnamed guards are not told which nodes belong together.
	Unnamed bool
	// TwoApps gives the nodes of the first cut's second part another app.
	TwoApps bool
	// Strict histories have cuts that refuse connections, and nodes that do not heal: nothing
	// but guards can bring their sides together, and all harm after the cut is theirs.
	Strict bool
	// Aside puts all guards on hosts of nodes: during a cut they see one side.
	Aside bool
}

// play is a world with guards in it.
type play struct {
	*world.World
	world.Nothing
	Options
	checks    *check.Checks
	apps      map[int]string // of nodes, by their numbers, that are not of the usual one
	questions []*question
	changed   map[belief]time.Duration // when a node last came to hold something else of a member
	telling   *world.Node              // the node that handles a guard's request
	split     time.Duration            // when there was last more than one side
	reached   time.Duration            // when a question was last answered with yes
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
	p := &play{World: w, Options: o, checks: check.New(w), apps: appsOf(s, o), changed: make(map[belief]time.Duration)}
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
		if n.Life == 0 {
			return false // it was never started
		}
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
