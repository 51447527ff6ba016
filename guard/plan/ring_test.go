package plan

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// toyRing is nodes that follow the rules of memberships, and nothing else of the
// protocol: a node applies changes that override its view, and refutes those about
// itself. The test decides which nodes exchange what.
type toyRing struct {
	views map[wire.Address]map[wire.Address]wire.Member
	cut   func(a, b wire.Address) bool
	// dead nodes do not answer.
	dead map[wire.Address]bool
	// hidden ones do not answer the guard.
	hidden map[wire.Address]bool
	apps   map[wire.Address]string
	// unready nodes have not joined, and join who pings them.
	unready map[wire.Address]bool
	// open nodes ping any node that they are asked to, as published ones do.
	open bool
	// mute nodes do not answer what they are.
	mute map[wire.Address]bool
	// quiet pings carry nothing.
	quiet bool
	// swallows makes a cut swallow packets; stalled makes pings over old connections fail.
	swallows, stalled bool
	// harmed are live members that became unpingable to a live node, for however short a
	// time.
	harmed []string
}

func newToyRing() *toyRing {
	return &toyRing{
		views: make(map[wire.Address]map[wire.Address]wire.Member),
		cut:   func(a, b wire.Address) bool { return false },
		dead:  make(map[wire.Address]bool),
		apps:  make(map[wire.Address]string),
	}
}

func address(i int) wire.Address { return wire.Address(fmt.Sprintf("10.0.0.%d:3000", i+1)) }

// holds makes a node hold members for something.
func (r *toyRing) holds(node wire.Address, status wire.Status, incarnation int64, members ...wire.Address) {
	if r.views[node] == nil {
		r.views[node] = make(map[wire.Address]wire.Member)
	}
	for _, m := range members {
		r.views[node][m] = wire.Member{Address: m, Status: status, Incarnation: incarnation}
	}
}

// take makes a node take a belief, by the rules.
func (r *toyRing) take(node wire.Address, m wire.Member) {
	view := r.views[node]
	last, known := view[m.Address]
	switch {
	case known && !overrides(m, last):
	case m.Address == node:
		m.Status, m.Incarnation = wire.Alive, m.Incarnation+1
		view[node] = m
	case !known && m.Status == wire.Tombstone:
	default:
		if known && last.Status.Pingable() && !m.Status.Pingable() && !r.dead[m.Address] && !r.dead[node] {
			r.harmed = append(r.harmed, fmt.Sprintf("%s by %s", m.Address, node))
		}
		view[m.Address] = m
	}
}

// exchange makes two nodes tell each other all that they believe, as a ping may.
func (r *toyRing) exchange(a, b wire.Address) {
	from := maps.Clone(r.views[a])
	for _, m := range r.views[b] {
		r.take(a, m)
	}
	for _, m := range from {
		r.take(b, m)
	}
}

// gossip lets each node exchange with the members that it holds pingable and reaches,
// until nothing changes any more.
func (r *toyRing) gossip() {
	for before := ""; before != fmt.Sprint(r.views); {
		before = fmt.Sprint(r.views)
		for _, a := range slices.Sorted(maps.Keys(r.views)) {
			for _, m := range slices.Collect(maps.Values(r.views[a])) {
				if b := m.Address; m.Status.Pingable() && r.views[b] != nil && a != b && !r.cut(a, b) && !r.dead[a] && !r.dead[b] {
					r.exchange(a, b)
				}
			}
		}
	}
}

// call carries out a call of a guard that reaches all nodes.
func (r *toyRing) call(c Call) Answer {
	if r.dead[c.Node] || r.hidden[c.Node] || r.views[c.Node] == nil {
		return Answer{Err: errors.New("refused")}
	}
	if c.Kind != Look && r.unready[c.Node] {
		return Answer{Err: wire.ErrNotReady}
	}
	switch c.Kind {
	case Look:
		return Answer{App: r.apps[c.Node], Checksum: 1, Members: r.members(c.Node)}
	case Ask:
		for _, change := range c.Changes {
			r.take(c.Node, wire.Member{Address: change.Address, Status: change.Status, Incarnation: change.Incarnation})
		}
		if _, known := r.views[c.Node][c.Target]; !known && !r.open {
			return Answer{Err: &wire.RemoteError{Message: "unknown target"}} // as ringmend's nodes say
		}
		if r.dead[c.Target] || r.cut(c.Node, c.Target) {
			return Answer{Stalled: r.swallows}
		}
		if r.unready[c.Target] {
			delete(r.unready, c.Target)
			r.exchange(c.Target, c.Node)
			return Answer{}
		}
		if r.stalled && !c.Fresh {
			return Answer{Stalled: true}
		}
		if !r.quiet {
			r.exchange(c.Node, c.Target)
		}
		return Answer{Reached: true}
	default:
		for _, change := range c.Changes {
			r.take(c.Node, wire.Member{Address: change.Address, Status: change.Status, Incarnation: change.Incarnation})
		}
		if r.mute[c.Node] {
			return Answer{}
		}
		own := r.views[c.Node][c.Node]
		return Answer{Changes: []wire.Change{changeOf(own)}}
	}
}

func (r *toyRing) members(node wire.Address) []wire.Member {
	members := slices.Collect(maps.Values(r.views[node]))
	slices.SortFunc(members, func(a, b wire.Member) int { return admin.CompareAddresses(a.Address, b.Address) })
	return members
}

// verdict looks at all nodes.
func (r *toyRing) verdict() *admin.Verdict {
	c := &admin.Cluster{}
	for node := range r.views {
		n := admin.Node{Address: node}
		if r.dead[node] || r.hidden[node] {
			n.Err = &admin.CallError{Node: node, Err: errors.New("refused")}
		} else {
			members := r.members(node)
			n.Stats = &wire.Stats{Membership: wire.MembershipStats{Checksum: wire.Checksum(wire.FlavourGo, members), Members: members}}
		}
		c.Nodes = append(c.Nodes, n)
	}
	slices.SortFunc(c.Nodes, func(a, b admin.Node) int { return admin.CompareAddresses(a.Address, b.Address) })
	return admin.VerdictOf(c)
}

// cutInto makes a ring of n nodes that is cut into parts, in each of which all hold the
// others for what the part's status for them is.
func cutInto(parts ...[]wire.Address) *toyRing {
	r := newToyRing()
	partOf := make(map[wire.Address]int)
	for i, part := range parts {
		for _, node := range part {
			partOf[node] = i
			r.holds(node, wire.Alive, 10, part...)
			for j, other := range parts {
				if i != j {
					r.holds(node, wire.Faulty, 10, other...)
				}
			}
		}
	}
	r.cut = func(a, b wire.Address) bool { return partOf[a] != partOf[b] }
	return r
}

func (r *toyRing) mend() { r.cut = func(a, b wire.Address) bool { return false } }

func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }
