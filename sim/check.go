package sim

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// checkChange checks what must hold of a single change of a member. It comes
// before the view follows.
func (w *world) checkChange(m *machine, subject *condition, c *swim.MemberChange, healing wire.Address) {
	if c.After == nil {
		w.phase.stir(w.now) // forgetting comes by itself
		return
	}
	a, b := c.After, c.Before
	if a.Address == m.address {
		if a.Status != wire.Alive && !m.left && !m.doomed {
			w.violate(invariantSelf, []*machine{m}, "node %d holds itself %v@%d", m.number(), a.Status, a.Incarnation-epoch.UnixMilli())
		}
		return
	}
	if a.Status == wire.Tombstone {
		w.phase.stir(w.now) // so does burying
	}
	if w.phase.quiet && a.Status != wire.Tombstone {
		w.violate(invariantQuiet, w.involved(m, a.Address), "node %d, in a cluster that is one and quiet, comes to hold %s %v", m.number(), w.node(a.Address), a.Status)
	}
	lives := subject != nil && subject.up && !subject.left && !subject.doomed
	// A node that has not joined yet refuses pings, and may be taken for dead. Such
	// a suspicion may end after it has joined, and what comes of it travels then. What
	// is believed of its earlier life is true.
	if lives && w.phase.harmless && a.Status == wire.Faulty && subject.joined && w.now > subject.joinedAt+2*w.bounds.Suspect && a.Incarnation >= w.machines[subject.index].born {
		w.violate(invariantFalseAlarm, w.involved(m, a.Address), "node %d holds %s faulty, and nothing has happened", m.number(), w.node(a.Address))
	}
	w.checkTombstone(m, a, b, lives)
	if b != nil && b.Status.Pingable() && !a.Status.Pingable() && lives {
		w.checkHarm(m, w.machines[subject.index], healing)
	}
}

// checkTombstone checks that the dead stay dead.
func (w *world) checkTombstone(m *machine, a, b *swim.Member, lives bool) {
	if b != nil {
		if b.Status == wire.Tombstone && a.Status != wire.Tombstone && a.Incarnation <= b.Incarnation {
			w.violate(invariantTombstone, w.involved(m, a.Address), "node %d held %s a tombstone@%d, and now %v@%d", m.number(), w.node(a.Address),
				b.Incarnation-epoch.UnixMilli(), a.Status, a.Incarnation-epoch.UnixMilli())
		}
		return
	}
	grave, ok := m.view.buried[a.Address]
	if !ok || lives || !a.Status.Pingable() || a.Incarnation > grave.incarnation {
		return
	}
	// While there were faults, somebody may have been kept from hearing of the
	// tombstone for as long as it existed.
	if calm, ok := w.calmSince(); ok && calm < grave.at-w.rules.Swim.TombstonePeriod-w.bounds.Quiet {
		w.violate(invariantTombstone, w.involved(m, a.Address), "node %d has forgotten %s, which is down, at %d, and now holds it %v@%d", m.number(), w.node(a.Address),
			grave.incarnation-epoch.UnixMilli(), a.Status, a.Incarnation-epoch.UnixMilli())
	}
}

// checkHarm checks that it is not a healer that made a living member unpingable,
// neither at home nor at the node that it visits.
func (w *world) checkHarm(m, victim *machine, healing wire.Address) {
	switch visitor := m.gauge.visited; {
	case healing != "":
		w.violate(invariantHeal, []*machine{m, victim}, "node %d visits %s, and makes node %d unpingable, which lives", m.number(), w.node(healing), victim.number())
	case visitor != nil && m.view.revivedSince(victim.hash(), m.gauge.told):
		// It came to live here after the visitor had asked who does: the visit
		// could not know.
		w.result.Races++
	case visitor != nil:
		w.violate(invariantHeal, []*machine{m, victim, visitor}, "node %d is visited by node %d, and makes node %d unpingable, which lives", m.number(), visitor.number(), victim.number())
	}
}

// checkNameless checks the first half of a visit, in which a ping makes members of
// the other side suspect so that they reincarnate. A suspicion is not told to
// whom it names as its source.
func (w *world) checkNameless(f *flight) {
	p, ok := f.request.(*wire.Ping)
	if !ok || !f.tellsOtherSide() || slices.ContainsFunc(p.Changes, func(c wire.Change) bool { return c.Status != wire.Suspect }) {
		return
	}
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Source != "" {
			w.violate(invariantNameless, []*machine{f.from}, "node %d makes %s suspect in the name of %s", f.from.number(), w.node(c.Address), w.node(c.Source))
			return
		}
	}
}

// checkVisit checks that nobody needs a heal when all is well.
func (w *world) checkVisit(m *machine, e *heal.Reached) {
	if target := w.byAddress[e.Target]; w.phase.quiet && target != nil {
		w.violate(invariantQuiet, []*machine{m, target}, "node %d visits %s, and the cluster is one", m.number(), w.node(e.Target))
	}
}

// checkSilence checks that messages are pings that carry nothing when nothing
// has changed for long enough. Joins of those that are down are allowed, and of those
// that have left: a healer looks for them.
func (w *world) checkSilence(m, to *machine, body int, told *told, f *flight) {
	if !w.phase.quiet || f.request == nil || to == nil || !to.up {
		return
	}
	switch {
	case body == bodyJoin && !to.left:
		w.violate(invariantQuiet, []*machine{m, to}, "node %d joins node %d, and the cluster is one and quiet", m.number(), to.number())
	case body == bodyPingRequest:
		w.violate(invariantQuiet, []*machine{m, to}, "node %d sends a ping-req to node %d, and the cluster is one and quiet", m.number(), to.number())
	case told.len() > 0:
		w.violate(invariantQuiet, []*machine{m, to}, "node %d tells node %d of %s, and the cluster is one and quiet", m.number(), to.number(), w.node(told.at(0).Address))
	}
}

// countSendings checks how often a node tells others of a change. What a node
// says of itself it may begin to say again; and what it tells a node about that
// node is not gossip.
func (w *world) countSendings(m, to *machine, told *told) {
	if len(w.machines) > countingUpTo {
		return
	}
	for i := range told.len() {
		c := told.at(i)
		if c.Address == m.address || to != nil && c.Address == to.address {
			continue
		}
		s := m.view.sendings[c.Address]
		if s.incarnation != c.Incarnation || s.status != c.Status {
			s = sending{incarnation: c.Incarnation, status: c.Status}
		}
		s.count++
		m.view.sendings[c.Address] = s
		if s.count > w.bounds.Sendings {
			w.violate(invariantPiggyback, []*machine{m}, "node %d has told others %d times that %s is %v", m.number(), s.count, w.node(c.Address), c.Status)
			return
		}
	}
}

// checkSuspects checks that suspects do not stay suspect.
func (w *world) checkSuspects(m *machine) {
	if len(m.view.suspects) == 0 || w.now < m.stopped {
		return
	}
	now := m.clock.at(w.now)
	var stuck wire.Address // the first by address, so that runs can be repeated
	for a, s := range m.view.suspects {
		// A node that was stopped gives suspects that time on top, and some more.
		stood := m.stood - s.stood + time.Duration(m.stops-s.stops)*2*time.Second
		if now.Sub(s.since) > w.bounds.Suspect+stood && (stuck == "" || a < stuck) {
			stuck = a
		}
	}
	if stuck != "" {
		s := m.view.suspects[stuck]
		w.violate(invariantSuspect, w.involved(m, stuck), "node %d has held %s suspect@%d for %v", m.number(), w.node(stuck),
			s.incarnation-epoch.UnixMilli(), now.Sub(s.since).Round(time.Millisecond))
	}
}

// involved returns a node and the one at an address, if there is one.
func (w *world) involved(m *machine, a wire.Address) []*machine {
	if other := w.byAddress[a]; other != nil && other != m {
		return []*machine{m, other}
	}
	return []*machine{m}
}
