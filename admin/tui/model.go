package tui

import (
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
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
	last       look // the last good one; the zero look before there is one
	partitions []admin.Partition
	condition  admin.Condition      // of the partitions
	members    []wire.Address       // of all partitions, sorted
	in         map[wire.Address]int // the partition that a node is in, if it answered
	failed     map[wire.Address]string
	failure    error     // of the last look; nil when that was good
	failedAt   time.Time // when the looks began to fail

	changes map[wire.Address]change
	held    map[wire.Address]held
	history history
}

// saw takes in a look.
func (m *model) saw(l look) {
	if l.err != nil {
		if m.failure == nil {
			m.failedAt = l.at
		}
		m.failure = l.err
		m.history.add(l.at, nil)
		return
	}
	m.last, m.failure = l, nil
	m.partitions = arrange(m.partitions, l.cluster.Partitions())
	m.in = placesOf(m.partitions)
	m.members = admin.MemberAddresses(m.partitions)
	m.failed = map[wire.Address]string{}
	for _, n := range l.cluster.Failed() {
		m.failed[n.Address] = render.Reason(n)
		m.members = append(m.members, n.Address)
	}
	slices.Sort(m.members)
	m.members = slices.Compact(m.members)
	m.condition = m.history.add(l.at, m.partitions)
	m.noteChanges(l.at)
}

// arrange returns the partitions of a look in an order that keeps each in the
// place of the one before that most of its nodes come from. A partition's
// checksum, by which they come sorted, changes with every change in the cluster.
func arrange(before, now []admin.Partition) []admin.Partition {
	was := placesOf(before)
	arranged := make([]admin.Partition, 0, len(now))
	taken := make([]bool, len(now))
	for place := range before {
		best, most := -1, 0
		for i, p := range now {
			if common := count(p.Nodes, was, place); !taken[i] && common > most {
				best, most = i, common
			}
		}
		if best >= 0 {
			taken[best] = true
			arranged = append(arranged, now[best])
		}
	}
	for i, p := range now {
		if !taken[i] {
			arranged = append(arranged, p)
		}
	}
	return arranged
}

// placesOf returns for each node the place of its partition.
func placesOf(partitions []admin.Partition) map[wire.Address]int {
	places := map[wire.Address]int{}
	for i, p := range partitions {
		for _, n := range p.Nodes {
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

// held is what a member was held to be by all partitions together.
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
func (m *model) noteChanges(at time.Time) {
	now := make(map[wire.Address]held, len(m.members))
	for i := range m.partitions {
		for _, member := range m.partitions[i].Members {
			h := now[member.Address]
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

// worst returns the worst status that anybody holds.
func (h held) worst() wire.Status {
	for s := wire.Tombstone; s > wire.Alive; s-- {
		if h.statuses&(1<<s) != 0 {
			return s
		}
	}
	return wire.Alive
}

// unreachable returns the nodes that did not answer, those first of which an
// answer was expected.
func (m *model) unreachable() (expected, heldDown []wire.Address) {
	for address := range m.failed {
		if admin.HeldDown(m.partitions, address) {
			heldDown = append(heldDown, address)
		} else {
			expected = append(expected, address)
		}
	}
	slices.Sort(expected)
	slices.Sort(heldDown)
	return expected, heldDown
}
