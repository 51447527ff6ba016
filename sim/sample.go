package sim

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// sampleEvery is the time between two looks at the whole cluster, in which times
// of convergence are measured.
func sampleEvery(nodes int) time.Duration {
	if nodes <= 200 {
		return 100 * time.Millisecond
	}
	return 250 * time.Millisecond
}

// ought returns the status that others should hold a node in that is up.
func (m *machine) ought() wire.Status {
	if m.left {
		return wire.Leave
	}
	return wire.Alive
}

func (m *machine) state() string {
	switch {
	case !m.up:
		return "down"
	case m.left:
		return "up, and left"
	}
	return "up"
}

// opinion is what a node holds, in two ways that must agree.
type opinion struct {
	digest   uint64 // ours
	checksum uint32 // Ringpop's
	of       *machine
}

// sample looks at the whole cluster.
func (w *world) sample() {
	if w.mutant.every != nil {
		w.mutant.every(w)
	}
	var first *machine
	var others []opinion // those that differ from the first
	agree := true
	var counts [numStatuses]int
	for _, m := range w.machines {
		if !m.up {
			continue
		}
		for status, n := range m.view.counts {
			counts[status] += int(n)
		}
		w.checkSuspects(m)
		w.checkMemory(m)
		n := m.core.Node()
		agree = agree && n.Ready()
		if first == nil {
			first = m
		} else if m.view.digest != first.view.digest || n.Checksum() != first.core.Node().Checksum() {
			others = append(others, opinion{m.view.digest, n.Checksum(), m})
		}
	}
	views := 1
	if len(others) > 0 {
		agree = false
		others = append(others, opinion{first.view.digest, first.core.Node().Checksum(), first})
		views = w.checkOpinions(others)
	} else {
		w.phase.collision = collision{}
	}
	w.checkTables()
	w.checkCrashed()
	w.checkMessages()
	w.assess(agree, first)
	w.result.MaxViews = max(w.result.MaxViews, views)
	if w.opts.Record {
		w.result.Series = append(w.result.Series, Sample{At: w.now, Views: views, Statuses: counts})
	}
	if w.opts.Watch != nil {
		w.opts.Watch(w.script, w.now)
	}
}

// collision is a pair of views that differ and have the same checksum, which
// happens by chance once in four thousand million pairs.
type collision struct {
	a, b  uint64
	since time.Duration
}

// checkOpinions checks the checksums against the digests, and returns how many
// different views there are.
func (w *world) checkOpinions(list []opinion) (views int) {
	slices.SortFunc(list, func(a, b opinion) int { return compare(a.digest, b.digest) })
	views = 1
	for i := 1; i < len(list); i++ {
		a, b := list[i-1], list[i]
		switch {
		case a.digest != b.digest:
			views++
		case a.checksum != b.checksum:
			w.violate(invariantChecksum, []*machine{a.of, b.of}, "nodes %d and %d hold the same and have different checksums", a.of.number(), b.of.number())
		}
	}
	slices.SortStableFunc(list, func(a, b opinion) int { return compare(uint64(a.checksum), uint64(b.checksum)) })
	found := false
	for i := 1; i < len(list) && !found; i++ {
		a, b := list[i-1], list[i]
		if a.checksum != b.checksum || a.digest == b.digest {
			continue
		}
		found = true
		c := &w.phase.collision
		if c.a != a.digest || c.b != b.digest {
			*c = collision{a.digest, b.digest, w.now}
		}
		if w.now-c.since >= chance {
			w.violate(invariantChecksum, []*machine{a.of, b.of}, "nodes %d and %d do not hold the same, and have the checksum %d both", a.of.number(), b.of.number(), a.checksum)
		}
	}
	if !found {
		w.phase.collision = collision{}
	}
	return views
}

// chance is how long a collision of checksums must last to be none by chance:
// nobody would full-sync, and nothing would end it.
const chance = 5 * time.Second

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// comparedAtOnce is how many members are compared at each sample, on average, to find
// tables that differ from what the events have told.
const comparedAtOnce = 200

// checkTables compares some member tables with the accounts of them.
func (w *world) checkTables() {
	w.phase.toCompare = min(w.phase.toCompare+comparedAtOnce, len(w.machines)*len(w.machines))
	for w.phase.toCompare >= len(w.machines) {
		w.phase.toCompare -= len(w.machines)
		m := w.machines[w.phase.turn%len(w.machines)]
		w.phase.turn++
		if m.up && !m.view.matches(w, m.core.Node()) {
			w.violate(invariantEvents, []*machine{m}, "the members of node %d are not those that it has told of", m.number())
		}
	}
}

// checkCrashed checks that those who are down are known to be, once per crash.
func (w *world) checkCrashed() {
	calm, ok := w.calmSince()
	if !ok {
		return
	}
	for _, dead := range w.machines {
		if dead.up || dead.life == 0 || dead.missed >= max(calm, 1) || w.now <= max(calm, dead.fallen)+w.bounds.Detect {
			continue
		}
		dead.missed = max(calm, 1)
		for _, m := range w.machines {
			if !m.up || !m.core.Node().Ready() {
				continue
			}
			if member, known := m.core.Node().Member(dead.address); known && member.Status.Pingable() {
				w.violate(invariantDetect, []*machine{m, dead}, "node %d has been down for %v, and node %d holds it %v", dead.number(), w.now-dead.fallen, m.number(), member.Status)
				return
			}
		}
	}
}

// checkMemory checks that what a node remembers is bounded.
func (w *world) checkMemory(m *machine) {
	n := m.core.Node()
	switch known := n.Len(); {
	case known > len(w.machines):
		w.violate(invariantMemory, []*machine{m}, "node %d knows %d members, and there have only been %d", m.number(), known, len(w.machines))
	case n.Pending() > known:
		w.violate(invariantMemory, []*machine{m}, "node %d has %d changes pending about %d members", m.number(), n.Pending(), known)
	case m.calling > w.bounds.Calls:
		w.violate(invariantMemory, []*machine{m}, "node %d has %d calls under way", m.number(), m.calling)
	}
}

// checkMessages checks how many messages each node has sent in ten seconds.
func (w *world) checkMessages() {
	const window = 10 * time.Second
	if w.now < w.phase.window+window {
		return
	}
	w.phase.window = w.now
	for _, m := range w.machines {
		sent := m.gauge.messages - m.gauge.before
		m.gauge.before = m.gauge.messages
		w.result.MostMessages = max(w.result.MostMessages, sent)
		if sent > w.bounds.Messages {
			w.violate(invariantMessages, []*machine{m}, "node %d has sent %d messages in ten seconds", m.number(), sent)
		}
	}
}
