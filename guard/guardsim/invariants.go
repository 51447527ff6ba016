package guardsim

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/guard/plan"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/script"
	"github.com/ringmend/ringmend/sim/world"
)

// The invariants of guards.
const (
	// Harmless: what a guard tells a node makes no member that lives unpingable to it, and
	// no ping that it asks for does.
	Harmless = "guard-harmless"
	// AsksFirst: no node is told of another side while every node of that side is cut off
	// from every node of its own.
	AsksFirst = "guard-asks-first"
	// Quiet: a guard does nothing to a ring that has been one for a while.
	Quiet = "guard-quiet"
	// OneApp: no node of an app is told of one of another, or asked to ping it.
	OneApp = "guard-one-app"
	// NoStrangers: no node is told of another side that does not know it, unless the operator
	// has named a node of each.
	NoStrangers = "guard-no-strangers"
	// Truthful: no node is told that a member is alive at an incarnation that it never had,
	// nor that it is anything else but suspect.
	Truthful = "guard-truthful"
	// LeavesLeft: a guard does not bring back a member that has left.
	LeavesLeft = "guard-leaves-left"
	// Fresh: nodes are told of each other's sides only if no belief of one would kill a member
	// to the other.
	Fresh = "guard-fresh"
	// Bounded: a guard makes no more calls that change something than it may.
	Bounded = "guard-bounded"
)

// beforeTell checks whether a node may be told something now.
func (p *play) beforeTell(g *guard, n *world.Node, c plan.Call) {
	p.telling = n
	p.Done.Told++
	p.spend(g, n)
	p.joinsIslands(c.Changes)
	p.checkTruth(n, c.Changes)
	if one, since, _ := p.checks.IsOne(); one && p.Now-since > quietAfter && c.Node != c.Changes[0].Address && p.Now-p.split > quietAfter {
		p.Violate(Quiet, []*world.Node{n}, "a guard tells node %d of %d members, and the ring has been one since %v", n.Number(), len(c.Changes), since)
	}
	if c.Changes[len(c.Changes)-1].Status == wire.Suspect {
		return // the member itself, or an accusation
	}
	p.checkBelongs(n, c.Changes)
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

// joinsIslands records that a guard brings islands together. The simulator holds a cluster to be
// one and quiet whose islands no list of hosts connects.
func (p *play) joinsIslands(changes []wire.Change) {
	if one, _, _ := p.checks.IsOne(); one && p.Now-p.split <= quietAfter && len(changes) > 0 && changes[len(changes)-1].Status == wire.Alive {
		p.checks.Disturb()
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
	if subject != nil {
		p.changed[belief{n.Index, subject.Address}] = p.Now
	}
	if p.telling == n && subject == n && c.Before != nil && c.After != nil && c.Before.Status == wire.Leave && c.After.Status == wire.Alive {
		p.Violate(LeavesLeft, []*world.Node{n}, "a guard brings back node %d, which has left", n.Number())
	}
	if subject == nil || c.Before == nil || c.After == nil ||
		!subject.IsRunning(p.Now) || subject.Left || subject.Doomed || !c.Before.Status.Pingable() || c.After.Status.Pingable() {
		return
	}
	if p.Now > p.LastStep() {
		p.Done.Harmed++
		if p.Strict {
			p.Violate(Harmless, []*world.Node{n, subject}, "node %d holds node %d %v, for a guard has brought the sides together", n.Number(), subject.Number(), c.After.Status)
		}
	}
	if p.telling == n {
		p.Violate(Harmless, []*world.Node{n, subject}, "a guard makes node %d hold node %d %v", n.Number(), subject.Number(), c.After.Status)
	}
}

// spend checks how much a guard does.
func (p *play) spend(g *guard, n *world.Node) {
	g.spent = append(slices.DeleteFunc(g.spent, func(at time.Duration) bool { return p.Now-at >= time.Minute }), p.Now)
	// What is documented, and what was under way.
	if most := 1200 + 4*len(p.Nodes) + 2*len(p.Nodes); len(g.spent) > most {
		p.Violate(Bounded, []*world.Node{n}, "a guard makes more than %d calls in a minute that change something", most)
	}
}

// checkTruth checks what a node is told of others.
func (p *play) checkTruth(n *world.Node, changes []wire.Change) {
	if accused := changes[len(changes)-1]; accused.Status == wire.Suspect {
		subject := p.At(accused.Address)
		switch {
		case len(changes) == 1 && accused.Address == n.Address:
			return
		case len(changes) == 1 || len(changes) == 2 && changes[0].Address == accused.Address && changes[0].Status == wire.Alive:
			if subject == nil || !subject.IsRunning(p.Now) || p.Net.Blocked(n.Index, subject.Index) != "" || len(changes) == 1 {
				return
			}
			p.Violate(Truthful, []*world.Node{n, subject}, "a guard has node %d suspect node %d anew, which it reaches", n.Number(), subject.Number())
			return
		}
	}
	for _, c := range changes {
		subject := p.At(c.Address)
		switch {
		case c.Status != wire.Alive:
			p.Violate(Truthful, []*world.Node{n}, "a guard tells node %d that %s is %v", n.Number(), c.Address, c.Status)
		case subject == nil:
		default:
			if own, known := subject.Core.Node().Member(c.Address); known && own.Incarnation < c.Incarnation {
				p.Violate(Truthful, []*world.Node{n, subject}, "a guard tells node %d that node %d is alive at %d, and it is at %d", n.Number(), subject.Number(), c.Incarnation, own.Incarnation)
			}
		}
	}
}

// checkFresh checks that none of the nodes that an attempt is going to tell of another side
// would have one of that side kill a member.
func (p *play) checkFresh(pair *plan.Pair, calls []plan.Call) {
	if p.Strict || p.Mutant != "" {
		return // there the harm itself is looked for
	}
	told := func(side *admin.Side) (nodes []*world.Node) {
		for _, c := range calls {
			if n := p.At(c.Node); c.Kind == plan.Tell && slices.Contains(side.Nodes, c.Node) && n.IsRunning(p.Now) {
				nodes = append(nodes, n)
			}
		}
		return nodes
	}
	for _, a := range told(&pair.A) {
		for _, b := range told(&pair.B) {
			p.checkKills(a, b)
			p.checkKills(b, a)
		}
	}
}

// belief is what a node holds of a member.
type belief struct {
	node   int32
	member wire.Address
}

// underWay is how old what a guard has been told may be when it acts.
const underWay = 5 * trip

// checkKills checks that what a node believes kills no member that runs to another one.
func (p *play) checkKills(killer, n *world.Node) {
	for _, m := range killer.Core.Node().Members() {
		subject := p.At(m.Address)
		if p.Now-p.changed[belief{killer.Index, m.Address}] <= underWay || p.Now-p.changed[belief{n.Index, m.Address}] <= underWay {
			continue
		}
		if m.Status.Pingable() || subject == nil || !subject.IsRunning(p.Now) || subject.Left || subject.Doomed {
			continue
		}
		held, known := n.Core.Node().Member(m.Address)
		if known && held.Status.Pingable() && held.Incarnation <= m.Incarnation {
			p.Violate(Fresh, []*world.Node{killer, n, subject}, "a guard merges nodes %d and %d, of which one holds node %d %v at %d, and the other %v at %d",
				killer.Number(), n.Number(), subject.Number(), m.Status, m.Incarnation, held.Status, held.Incarnation)
		}
	}
}

// checkBelongs checks that a node and those that it is told of belong together.
func (p *play) checkBelongs(n *world.Node, changes []wire.Change) {
	knowing, known := false, false
	for _, c := range changes {
		subject := p.At(c.Address)
		if subject == nil {
			continue
		}
		if p.app(subject) != p.app(n) && subject.IsRunning(p.Now) && !p.mixed(p.app(n), c.Address) {
			p.Violate(OneApp, []*world.Node{n, subject}, "a guard tells node %d of node %d, which is of another app", n.Number(), subject.Number())
		}
		_, knows := n.Core.Node().Member(c.Address)
		_, isKnown := subject.Core.Node().Member(n.Address)
		knowing, known = knowing || knows, known || isKnown
	}
	if p.Unnamed && !knowing && !known {
		p.Violate(NoStrangers, []*world.Node{n}, "a guard tells node %d of %d members that it does not know, nor they it", n.Number(), len(changes))
	}
}

// mixed reports whether nodes of an app hold a member pingable that is of another one. A history
// makes two apps of a ring that was one, which takes seconds to fall apart.
func (p *play) mixed(app string, member wire.Address) bool {
	return slices.ContainsFunc(p.Nodes, func(n *world.Node) bool {
		m, known := n.Core.Node().Member(member)
		return n.Address != member && n.IsRunning(p.Now) && p.app(n) == app && known && m.Status.Pingable()
	})
}

// app returns the app of a node.
func (p *play) app(n *world.Node) string {
	if app, other := p.apps[n.Number()]; other {
		return app
	}
	return "sim"
}

// appsOf returns the nodes of a script that are of another app.
func appsOf(s *script.Script, o Options) map[int]string {
	apps := make(map[int]string)
	if !o.TwoApps {
		return apps
	}
	for i := range s.Steps {
		if st := &s.Steps[i]; st.Verb == "cut" {
			for _, number := range st.Sets[1] {
				apps[int(number)] = "other"
			}
			break
		}
	}
	return apps
}
