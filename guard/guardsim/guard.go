package guardsim

import (
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/guard/plan"
	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/script"
	"github.com/ringmend/ringmend/sim/world"
)

// between is where a guard stands that no cut concerns.
const between = -1

// source is the source address of a guard's requests, as in package guard/watch.
const source wire.Address = "127.0.0.1:1"

const (
	lookEvery = time.Second
	// actEvery is how often a guard does what is due.
	actEvery = 250 * time.Millisecond
	// scoutEvery is how soon is noticed that one is back of many members that were lost
	// together.
	scoutEvery = 50 * time.Millisecond
	// trip is how long a guard's request takes to a node, and the answer back.
	trip = 2 * time.Millisecond
)

var errUnanswered = errors.New("no answer")

// guard is an outsider in a world.
type guard struct {
	*play
	host   int32 // on which it runs, or between
	healer *plan.Healer
	ends   time.Duration // when it dies; 0: it does not
	// missing are the members that did not answer when it last looked.
	missing []wire.Address
	spent   []time.Duration // when it told something, in the last minute
}

func (p *play) addGuard(host int32, seed uint64, ends time.Duration) {
	g := &guard{play: p, host: host, ends: ends}
	named := func(a wire.Address) bool { return !p.Unnamed && p.At(a) != nil }
	g.healer = plan.NewHealer(rand.New(rand.NewPCG(seed, 5)), named)
	p.After(time.Duration(seed%1000)*time.Millisecond, g.look)
	p.After(scoutEvery, g.scout)
	p.After(actEvery, g.act)
}

func (g *guard) dead() bool { return g.ends != 0 && g.Now >= g.ends }

// reaches reports whether a guard's call to a node arrives and is answered.
func (g *guard) reaches(n *world.Node) bool {
	return n != nil && n.IsRunning(g.Now) && (g.host == between || g.host == n.Index || g.Net.Blocked(g.host, n.Index) == "" && g.Net.Blocked(n.Index, g.host) == "")
}

// time is what the clock of a guard shows.
func (g *guard) time() time.Time { return world.Epoch.Add(g.Now) }

// look looks at all nodes, does what is due, and comes back.
func (g *guard) look() {
	if g.dead() {
		return
	}
	g.After(lookEvery, g.look)
	g.lookOnce()
}

// scout finds out whether one of the lost is back.
func (g *guard) scout() {
	if g.dead() {
		return
	}
	g.After(scoutEvery, g.scout)
	if !g.healer.Scattered() {
		return
	}
	if !slices.ContainsFunc(g.missing, func(a wire.Address) bool { return g.reaches(g.At(a)) }) {
		g.healer.Swallowed(slices.ContainsFunc(g.missing, func(a wire.Address) bool {
			if g.host == between {
				return false
			}
			how := g.Net.Blocked(g.host, g.At(a).Index)
			return how != "" && how != script.HowRefuse
		}))
		return
	}
	if r := g.healer.Rescue(g.time()); r != nil {
		g.Done.Rescues++
		g.step(r, g.lookOnce)
	}
}

func (g *guard) lookOnce() {
	if g.dead() {
		return
	}
	g.seeSides()
	v := admin.VerdictOf(g.cluster())
	if v.Condition == admin.Unknown {
		return
	}
	g.missing = v.Faulty
	g.healer.Looked(g.time(), v)
	for _, call := range g.healer.Due(g.time()) {
		g.After(trip, func() { g.healer.Told(call, g.call(call).Err) })
	}
	g.connect(g.healer.Joined(g.time()))
}

func (g *guard) connect(calls []plan.Call) {
	for _, c := range calls {
		if g.app(g.At(c.Node)) != g.app(g.At(c.Target)) {
			continue // as package guard/watch does
		}
		g.Done.Reconnected++
		g.callThen(c, func(plan.Answer) {})
	}
}

// act makes the attempts that are due.
func (g *guard) act() {
	if g.dead() {
		return
	}
	g.After(actEvery, g.act)
	for _, a := range g.healer.Accusations(g.time()) {
		g.step(a, func() {})
	}
	for _, i := range g.healer.Invitations(g.time()) {
		g.step(i, func() {})
	}
	for _, a := range g.healer.Attempts(g.time()) {
		g.step(a, func() {
			g.healer.Ended(g.time(), a)
			g.connect(g.healer.Reconnect(g.time(), a))
		})
	}
}

// step makes the calls that are next, hands in the answers, and goes on.
func (g *guard) step(s plan.Steps, ended func()) {
	if g.dead() {
		return
	}
	calls := s.Calls()
	if len(calls) == 0 {
		ended()
		return
	}
	if a, merges := s.(*plan.Attempt); merges {
		g.checkFresh(a.Pair(), calls)
	}
	answers := make([]plan.Answer, len(calls))
	left := len(calls)
	for i, call := range calls {
		g.After(trip, func() {
			g.callThen(call, func(a plan.Answer) {
				answers[i] = a
				if left--; left == 0 {
					g.After(trip, func() {
						s.Answered(answers)
						g.step(s, ended)
					})
				}
			})
		})
	}
}

// cluster is what a look shows.
func (g *guard) cluster() *admin.Cluster {
	c := new(admin.Cluster)
	for _, n := range g.Nodes {
		if n.Life == 0 {
			continue // it was never started
		}
		one := admin.Node{Address: n.Address}
		if g.reaches(n) {
			one.Stats = &wire.Stats{Membership: wire.MembershipStats{Checksum: n.Core.Node().Checksum(), Members: g.members(n)}}
		} else {
			one.Err = &admin.CallError{Node: n.Address, Err: errUnanswered}
		}
		c.Nodes = append(c.Nodes, one)
	}
	slices.SortFunc(c.Nodes, func(a, b admin.Node) int { return admin.CompareAddresses(a.Address, b.Address) })
	return c
}

// members is the membership of a node, as a guard sees it.
func (g *guard) members(n *world.Node) []wire.Member {
	members := slices.Clone(n.Core.Node().Members())
	if g.Mutant == Blind {
		for i := range members {
			if !members[i].Status.Pingable() {
				members[i].Incarnation = 1 // looks too low to kill a member
			}
		}
	}
	slices.SortFunc(members, func(a, b wire.Member) int { return admin.CompareAddresses(a.Address, b.Address) })
	return members
}

// call makes a call that is answered at once.
func (g *guard) call(c plan.Call) (answer plan.Answer) {
	g.callThen(c, func(a plan.Answer) { answer = a })
	return answer
}

// callThen makes a call, and hands in the answer when there is one.
func (g *guard) callThen(c plan.Call, then func(plan.Answer)) {
	n := g.At(c.Node)
	if !g.reaches(n) {
		then(plan.Answer{Err: errUnanswered})
		return
	}
	if c.Kind != plan.Look && !n.Core.Node().Ready() {
		then(plan.Answer{Err: wire.ErrNotReady})
		return
	}
	switch c.Kind {
	case plan.Look:
		then(plan.Answer{App: g.app(n), Checksum: n.Core.Node().Checksum(), Members: g.members(n)})
	case plan.Ask:
		if g.Mutant == Trusting {
			then(plan.Answer{Reached: true})
			return
		}
		g.ask(n, c, then)
	default:
		g.tell(n, c)
		own, _ := n.Core.Node().Member(n.Address)
		then(plan.Answer{Changes: []wire.Change{{Address: own.Address, Incarnation: own.Incarnation, Status: own.Status}}})
	}
}

// ask asks a node to ping another one.
func (g *guard) ask(n *world.Node, c plan.Call, then func(plan.Answer)) {
	if to := g.At(c.Target); to != nil && g.app(to) != g.app(n) {
		g.Violate(OneApp, []*world.Node{n, to}, "a guard asks node %d to ping node %d, which is of another app", n.Number(), to.Number())
	}
	if _, known := n.Core.Node().Member(c.Target); !known && len(c.Changes) == 0 {
		then(plan.Answer{Err: &wire.RemoteError{Message: swim.ErrUnknownTarget.Error()}})
		return
	}
	g.spend(g, n)
	g.joinsIslands(c.Changes)
	asked := &question{from: n, target: c.Target, then: then}
	g.questions = append(g.questions, asked)
	if to := g.At(c.Target); c.Fresh && to != nil {
		g.Reconnect(n, to)
	}
	g.Inject(n, func(core *core.Core, local time.Time, id swim.RequestID) {
		core.Request(local, id, &wire.PingRequest{
			Source: source, SourceIncarnation: 1, Target: c.Target, Checksum: n.Core.Node().Checksum(), App: "sim", Changes: wire.Changes(c.Changes...),
		})
	})
	g.After(2*time.Second, func() { g.settle(asked, plan.Answer{}) })
}

// tell tells a node changes.
func (g *guard) tell(n *world.Node, c plan.Call) {
	changes := c.Changes
	if g.Mutant == Blind { // and what it sends is a whole membership
		changes = slices.Concat(changes, g.deaths(n))
	}
	g.beforeTell(g, n, c)
	g.Inject(n, func(core *core.Core, local time.Time, id swim.RequestID) {
		core.Request(local, id, &wire.Ping{
			Source: source, SourceIncarnation: 1, Checksum: n.Core.Node().Checksum(), App: "sim", Changes: wire.Changes(changes...),
		})
	})
	g.telling = nil
}

// deaths is what the other side believes of this one.
func (g *guard) deaths(n *world.Node) []wire.Change {
	for _, other := range g.Nodes {
		if !g.reaches(other) {
			continue
		}
		if m, known := other.Core.Node().Member(n.Address); known && !m.Status.Pingable() {
			var all []wire.Change
			for _, m := range other.Core.Node().Members() {
				if !m.Status.Pingable() && m.Address != n.Address {
					all = append(all, wire.Change{Address: m.Address, Incarnation: m.Incarnation, Status: m.Status})
				}
			}
			return all
		}
	}
	return nil
}
