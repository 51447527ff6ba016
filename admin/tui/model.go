package tui

import (
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/evict"
	"github.com/ringmend/ringmend/node/wire"
)

// look is what came of asking the cluster once.
type look struct {
	at      time.Time // when it was over
	took    time.Duration
	cluster *admin.Cluster // nil when err is not
	err     error
}

// model is what a screen shows: the last good look, and what the looks before it
// say about how things came to be.
type model struct {
	last      look // the last good one; the zero look before there is one
	verdict   *admin.Verdict
	standings map[wire.Address]standing
	sides     []admin.Side         // in their places; all that answered when they are on none
	tallies   []tally              // of each side
	members   []wire.Address       // listed by any node, or asked, or evicted; sorted
	in        map[wire.Address]int // the side that a node is on
	answered  map[wire.Address]bool
	failed    map[wire.Address]string
	naming    naming
	failure   error // of the last look; nil when that was good

	vitalsOf map[wire.Address]vitals
	labelsOf map[wire.Address]string // what members say of themselves, fit to be printed
	vital    bool                    // vitals are known
	briefs   map[wire.Address]briefing
	briefed  bool // a node has told of itself

	evictions *evict.List // what operators have said; nil before the first look

	changes map[wire.Address]change
	held    map[wire.Address]held
	history history
}

// saw records what a look showed.
func (m *model) saw(l look) {
	if l.err != nil {
		m.failure = l.err
		m.history.missed(l.at)
		return
	}
	m.last, m.failure = l, nil
	m.verdict = admin.VerdictOf(l.cluster)
	m.standings = standingsOf(m.verdict)
	partitions := l.cluster.Partitions()
	sides := m.verdict.Sides
	if len(sides) == 0 && len(partitions) > 0 {
		sides = []admin.Side{everybody(partitions)}
	}
	m.sides = arrange(m.sides, sides)
	m.in = placesOf(m.sides)
	m.evictions = admin.EvictionsOf(partitions)
	m.ask(l.cluster, partitions)
	m.tallies = nil
	for i := range m.sides {
		m.tallies = append(m.tallies, tallyOf(&m.sides[i], m.members))
	}
	m.history.saw(l.at, m.verdict, m.standings, m.naming)
	m.noteVitals(l.cluster)
	m.noteChanges(l.at, partitions)
}

// everybody returns nodes of which none holds itself up as a side.
func everybody(partitions []admin.Partition) admin.Side {
	side := admin.Side{Views: partitions}
	for i := range partitions {
		side.Nodes = append(side.Nodes, partitions[i].Nodes...)
	}
	slices.SortFunc(side.Nodes, admin.CompareAddresses)
	return side
}

// ask records which members there are, and which of them answered.
func (m *model) ask(c *admin.Cluster, partitions []admin.Partition) {
	m.members = admin.MemberAddresses(partitions)
	m.answered, m.failed = map[wire.Address]bool{}, map[wire.Address]string{}
	for _, n := range c.Nodes {
		if n.Err == nil {
			m.answered[n.Address] = true
			continue
		}
		m.failed[n.Address] = render.Reason(n)
		m.members = append(m.members, n.Address)
	}
	// Those that all have forgotten can be readmitted.
	m.members = append(m.members, m.evictions.Members()...)
	slices.SortFunc(m.members, admin.CompareAddresses)
	m.members = slices.Compact(m.members)
	m.naming = namingOf(m.members)
}

// arrange returns the sides of a look in an order that keeps each in the place of
// the one before that most of its nodes come from. By size, as they come, two that
// are about as large would change places with every node that dies.
func arrange(before, now []admin.Side) []admin.Side {
	was := placesOf(before)
	arranged := make([]admin.Side, 0, len(now))
	taken := make([]bool, len(now))
	for place := range before {
		best, most := -1, 0
		for i := range now {
			if common := count(now[i].Nodes, was, place); !taken[i] && common > most {
				best, most = i, common
			}
		}
		if best >= 0 {
			taken[best] = true
			arranged = append(arranged, now[best])
		}
	}
	for i := range now {
		if !taken[i] {
			arranged = append(arranged, now[i])
		}
	}
	return arranged
}

// placesOf returns for each node the place of its side.
func placesOf(sides []admin.Side) map[wire.Address]int {
	places := map[wire.Address]int{}
	for i := range sides {
		for _, n := range sides[i].Nodes {
			places[n] = i
		}
	}
	return places
}

// count returns how many of nodes were in a place.
func count(nodes []wire.Address, was map[wire.Address]int, place int) int {
	n := 0
	for _, node := range nodes {
		if at, known := was[node]; known && at == place {
			n++
		}
	}
	return n
}

// held is what a member was held to be by all views together.
type held struct {
	statuses    uint8 // a bit for each status
	incarnation int64 // the highest
}

// change is the last change of a member that was seen.
type change struct {
	at   time.Time
	text string
}

// noteChanges compares what members are held to be with what they were before.
// The first look changes nothing.
func (m *model) noteChanges(at time.Time, views []admin.Partition) {
	now := make(map[wire.Address]held, len(m.members))
	for i := range views {
		for j := range views[i].Members {
			member := &views[i].Members[j]
			h := now[member.Address]
			if h.statuses&(1<<member.Status) != 0 && h.incarnation >= member.Incarnation {
				continue // as almost always
			}
			h.statuses |= 1 << member.Status
			h.incarnation = max(h.incarnation, member.Incarnation)
			now[member.Address] = h
		}
	}
	changes := make(map[wire.Address]change, len(now))
	for address, h := range now {
		if c, known := m.changes[address]; known {
			changes[address] = c
		}
		if before, known := m.held[address]; m.held != nil && (!known || before != h) {
			changes[address] = change{at, transition(before, h)}
		}
	}
	m.held, m.changes = now, changes
}

func transition(before, now held) string {
	switch {
	case before.statuses == 0:
		return "new: " + now.names()
	case before.statuses == now.statuses:
		return now.names() + ", incarnated anew"
	default:
		return before.names() + " → " + now.names()
	}
}

// names returns the statuses, the mildest first.
func (h held) names() string {
	var names []string
	for s := wire.Alive; s <= wire.Tombstone; s++ {
		if h.statuses&(1<<s) != 0 {
			names = append(names, s.String())
		}
	}
	return strings.Join(names, "/")
}

// heldDown reports whether the member is listed and every node that lists it holds it
// down: the cluster expects no answer from it.
func (m *model) heldDown(member wire.Address) bool {
	statuses := m.held[member].statuses
	return statuses != 0 && statuses&(1<<wire.Alive|1<<wire.Suspect) == 0
}

// unreachable returns the nodes that did not answer, those first of which an
// answer was expected.
func (m *model) unreachable() (expected, heldDown []wire.Address) {
	for address := range m.failed {
		if m.heldDown(address) {
			heldDown = append(heldDown, address)
		} else {
			expected = append(expected, address)
		}
	}
	slices.SortFunc(expected, admin.CompareAddresses)
	slices.SortFunc(heldDown, admin.CompareAddresses)
	return expected, heldDown
}
