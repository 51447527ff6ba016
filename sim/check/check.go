package check

import (
	"time"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/script"
	"github.com/ringmend/ringmend/sim/world"
)

// Checks is the observer that checks the invariants.
type Checks struct {
	world.Nothing
	world  *world.World
	bounds Bounds

	accounts []account // of each node
	messages []messages
	detected []time.Duration // of each node: since when things were calm at the last check that its crash is detected

	state        state
	acquaintance acquaintance
	expected     expectation
	collision    collision
	turn         int // which tables are looked at next
	toCompare    int // how many members of them are due to be
	window       time.Duration

	views        int // different memberships at the last sample
	statuses     [numStatuses]int
	mostMessages int
	races        int
}

// messages is how many messages a node has sent in all, and at the start of the window.
type messages struct{ sent, before int }

// New returns the checks of a world.
func New(w *world.World) *Checks {
	n := len(w.Nodes)
	c := &Checks{
		world: w, bounds: boundsFor(&w.Rules, n),
		accounts: make([]account, n), messages: make([]messages, n), detected: make([]time.Duration, n),
	}
	c.state.init(w.Script)
	return c
}

// of returns the account of a node's members.
func (c *Checks) of(n *world.Node) *account { return &c.accounts[n.Index] }

// violate ends the run.
func (c *Checks) violate(invariant string, nodes []*world.Node, format string, args ...any) {
	c.world.Violate(invariant, nodes, format, args...)
}

// Step follows what the script does to the cluster.
func (c *Checks) Step(s *script.Step) {
	c.state.disturb(c.world.Now)
	c.state.harmless = c.state.harmless && !s.IsFault()
	switch s.Verb {
	case "restart":
		for _, number := range s.Sets[0] {
			c.state.harmless = c.state.harmless && !c.world.Nodes[number-1].Up
		}
	case "slow":
		for _, number := range s.Sets[0] {
			c.state.slow += count(s.Time > 0) - count(c.world.Nodes[number-1].Slow > 0)
		}
	case "busy":
		for _, number := range s.Sets[0] {
			c.state.slow += count(s.Time > 0) - count(c.world.Nodes[number-1].Busy > 0)
		}
	}
}

// StepOn follows what the script does to a node.
func (c *Checks) StepOn(n *world.Node, s *script.Step) {
	if s.Verb == "pause" {
		c.state.disturb(max(n.Stopped, c.world.Now+s.Time))
	}
}

// Started begins the account of a process.
func (c *Checks) Started(n *world.Node) {
	self := n.Core.Node().Self()
	c.accounts[n.Index] = newAccount(c.world, &self)
}

// Killed makes the crash of a process one to be detected.
func (c *Checks) Killed(n *world.Node) { c.detected[n.Index] = 0 }

// Resumed is a disturbance.
func (c *Checks) Resumed(*world.Node) { c.state.disturb(c.world.Now) }

// Disturb records that something has happened now that is not in the script.
func (c *Checks) Disturb() { c.state.disturb(c.world.Now) }

// Sent checks a call.
func (c *Checks) Sent(call *world.Call, told wire.ChangeList) {
	c.messages[call.From.Index].sent++
	c.checkSilence(call.From, call.To, call, call.Request, told)
	c.checkNameless(call)
}

// Answered checks an answer.
func (c *Checks) Answered(n *world.Node, call *world.Call, response wire.Response, told wire.ChangeList, err error) {
	c.messages[n.Index].sent++
	if err != nil {
		return
	}
	if told.Version() == 0 {
		c.countSendings(n, call.From, told)
	}
	if _, join := response.(*wire.JoinResponse); !join {
		c.checkSilence(n, call.From, call, nil, told)
	}
}

// Finished counts what a call has told.
func (c *Checks) Finished(call *world.Call, err error) {
	if err != nil {
		return
	}
	if told := world.ToldBy(call.Request); told.Version() == 0 && !call.Why.Heals() {
		c.countSendings(call.From, call.To, told)
	}
}

// Changed checks a change of a member, and adds it to the account.
func (c *Checks) Changed(n, subject *world.Node, change *swim.MemberChange) {
	c.checkChange(n, subject, change)
	hash := uint64(0)
	if subject != nil {
		hash = subject.Hash()
	} else {
		hash = c.world.HashOf(change.Address())
	}
	c.of(n).follow(c.world, n, change, hash)
}

// Event checks what a node tells.
func (c *Checks) Event(n *world.Node, e swim.Event) {
	if reached, ok := e.(heal.Reached); ok {
		c.checkVisit(n, &reached)
	}
}

// Sampled looks at the whole cluster.
func (c *Checks) Sampled() {
	first, agree := c.lookAtEach()
	c.checkTables()
	c.checkCrashed()
	c.checkMessages()
	c.checkWords() // which also keep nodes from agreeing
	c.assess(agree, first)
}

// lookAtEach looks at each node that is up, and returns the first and whether all of them
// hold the same.
func (c *Checks) lookAtEach() (first *world.Node, agree bool) {
	var others []opinion // those that differ from the first
	c.statuses = [numStatuses]int{}
	agree = true
	for _, n := range c.world.Nodes {
		if !n.Up {
			continue
		}
		for status, count := range c.of(n).counts {
			c.statuses[status] += int(count)
		}
		c.checkSuspects(n)
		c.checkMemory(n)
		agree = agree && n.Core.Node().Ready()
		if first == nil {
			first = n
		} else if !c.hold(n, first) {
			others = append(others, c.opinion(n))
		}
	}
	c.views = 1
	if len(others) == 0 {
		c.collision = collision{}
		return first, agree
	}
	c.views = c.checkOpinions(append(others, c.opinion(first)))
	return first, false
}

// hold reports whether two nodes hold the same.
func (c *Checks) hold(n, other *world.Node) bool {
	return c.of(n).digest == c.of(other).digest && n.Core.Node().Checksum() == other.Core.Node().Checksum()
}

// Bounds returns the limits that the invariants speak of.
func (c *Checks) Bounds() Bounds { return c.bounds }

// IsOne reports whether the cluster was one at the last sample: all nodes agree, and
// are right. Since is when the last disturbance was, and disturbances how many there
// have been.
func (c *Checks) IsOne() (one bool, since time.Duration, disturbances int) {
	return c.state.one, c.state.disturbed, c.state.disturbances
}

// Views returns how many different memberships there were at the last sample.
func (c *Checks) Views() int { return c.views }

// Statuses returns how many members all nodes together held in each status at the last
// sample.
func (c *Checks) Statuses() []int { return c.statuses[:] }

// MostMessages returns the largest number of messages of one node within ten seconds.
func (c *Checks) MostMessages() int { return c.mostMessages }

// Races returns how many members became unpingable by a visit because they came to life
// during it.
func (c *Checks) Races() int { return c.races }

// Suspects returns the members that a node suspects, with their incarnations.
func (c *Checks) Suspects(n *world.Node) map[wire.Address]int64 {
	list := make(map[wire.Address]int64)
	for a, s := range c.of(n).suspects {
		list[a] = s.incarnation
	}
	return list
}

// Forgotten returns which members a node has forgotten, at which incarnation.
func (c *Checks) Forgotten(n *world.Node) map[wire.Address]int64 {
	list := make(map[wire.Address]int64)
	for a, b := range c.of(n).buried {
		list[a] = b.incarnation
	}
	return list
}

// Falsify makes the account of a node wrong, to show that it is noticed.
func (c *Checks) Falsify(n *world.Node) { c.of(n).digest++ }

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
