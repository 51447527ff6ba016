package sim

import (
	"time"

	"github.com/ringmend/ringmend/heal"
)

// phase is what is known about the run as a whole: whether there are faults, and
// whether the cluster is one.
type phase struct {
	harmless  bool // there has been no fault at all so far
	split     bool // there was a cut since the cluster was last one
	disturbed time.Duration
	slow      int // nodes

	one      bool // all nodes agree, and are right
	oneSince time.Duration
	stirred  time.Duration // when something last happened that comes by itself
	quiet    bool          // and for so long that nothing is left to tell

	acquaintance acquaintance

	settled   int // the disturbance after which the cluster was last seen to be one
	checked   expectation
	collision collision
	turn      int // which tables are looked at next
	toCompare int // how many members of them are due to be
	window    time.Duration
}

// expectation says what the last table that was compared with the state of the
// machines was like; the same one need not be compared again.
type expectation struct {
	digest  uint64
	changes int // of the machines
	holds   bool
}

func (p *phase) init(s *Script) {
	p.harmless = s.Loss == 0
	p.disturbed = s.Spread // nodes start until then
}

// disturb is to be called when something happens to the cluster.
func (p *phase) disturb(now time.Duration) {
	p.disturbed = max(p.disturbed, now)
	p.checked.changes++
	p.stir(now)
}

// stir is to be called when members are buried or forgotten, which comes by
// itself long after a fault.
func (p *phase) stir(now time.Duration) {
	p.stirred = max(p.stirred, now)
	p.quiet = false
}

// calmLoss is how much loss is still taken for a good network.
const calmLoss = 0.02

// calmSince returns since when there have been no faults; ok is false if there
// are some now.
func (w *world) calmSince() (since time.Duration, ok bool) {
	p := &w.phase
	return p.disturbed, w.net.mended() && p.slow == 0 && max(w.net.loss, w.net.resend) <= calmLoss && w.now >= p.disturbed
}

// healPhase takes note of a visit, for the charts.
func (p *phase) healPhase(w *world, e *heal.Reached) {
	if w.opts.Record {
		w.result.Heals = append(w.result.Heals, HealMark{At: w.now, Merge: e.Plan.CanMerge()})
	}
}

// settle is how long a cluster must have been one and calm for the run to be
// over.
func (w *world) settle() time.Duration { return w.bounds.Quiet + 10*time.Second }

// assess decides, at a sample, whether the cluster is one, whether it is quiet
// and whether the run is over.
func (w *world) assess(agree bool, first *machine) {
	p := &w.phase
	one := w.now >= p.disturbed && (agree && (first == nil || w.expected(first)) || w.eachIsOne())
	if one && !p.one {
		p.oneSince = w.now
		w.becameOne()
	}
	p.one = one
	w.measureWhole(one)
	calm, isCalm := w.calmSince()
	if !isCalm {
		p.quiet = false
		return
	}
	switch {
	case one:
		since := max(calm, p.oneSince, p.stirred)
		p.quiet = p.quiet || agree && w.net.loss == 0 && w.net.resend == 0 && w.now > since+w.bounds.Quiet
		done := w.script.For == 0 && w.now > max(calm, p.oneSince)+w.settle()
		if done && w.now > w.lastStep() {
			w.over = true
		}
	case w.now > calm+w.bounds.Converge:
		w.notOne(calm)
	default:
		p.quiet = false
	}
}

func (w *world) lastStep() time.Duration {
	if n := len(w.script.Steps); n > 0 {
		return w.script.Steps[n-1].At
	}
	return 0
}

func (w *world) becameOne() {
	p, r := &w.phase, w.result
	if !r.Converged {
		r.Converged, r.ConvergeTime = true, w.now
	}
	if p.settled != p.checked.changes {
		p.settled = p.checked.changes
		r.SettleTime = max(0, w.now-p.disturbed)
	}
	if p.split && w.net.mended() {
		p.split = false
		r.HealTimes = append(r.HealTimes, max(0, w.now-p.disturbed))
	}
}

// expected reports whether a node holds exactly those alive that are up, those
// left that were told to, and the others down or forgotten.
func (w *world) expected(viewer *machine) bool {
	c := &w.phase.checked
	if c.holds && c.digest == viewer.view.digest^uint64(c.changes) {
		return true
	}
	c.holds = w.wrongAbout(viewer) == nil
	c.digest = viewer.view.digest ^ uint64(c.changes)
	return c.holds
}

// wrongAbout returns a node about which another one is wrong, of those that it can
// come to know and those that are down.
func (w *world) wrongAbout(viewer *machine) *machine {
	n := viewer.core.Node()
	a := w.acquainted()
	for _, m := range w.machines {
		member, known := n.Member(m.address)
		switch {
		case m.up && !a.same(viewer, m):
			// Whether they meet is left to chance.
		case m.up && !m.doomed && (!known || member.Status != m.ought()):
			return m
		case (!m.up || m.doomed) && known && member.Status.Pingable():
			return m
		}
	}
	return nil
}

// notOne reports that the cluster is still not one, and what is wrong.
func (w *world) notOne(calm time.Duration) {
	var unready *machine
	for _, viewer := range w.machines {
		if !viewer.up {
			continue
		}
		if !viewer.core.Node().Ready() {
			if !w.acquainted().alone(w, viewer) {
				unready = viewer
			}
			continue
		}
		m := w.wrongAbout(viewer)
		if m == nil {
			continue
		}
		name := invariantOneView
		if m.up && m.life > 1 && m.began >= calm {
			name = invariantRejoin
		}
		status := "nothing"
		if member, known := viewer.core.Node().Member(m.address); known {
			status = member.Status.String()
		}
		w.violate(name, []*machine{viewer, m}, "%v after the last fault, node %d holds node %d %s, which is %s",
			w.now-calm, viewer.number(), m.number(), status, m.state())
		return
	}
	if unready != nil {
		name := invariantOneView
		if unready.life > 1 {
			name = invariantRejoin
		}
		w.violate(name, []*machine{unready}, "%v after the last fault, node %d has not joined", w.now-calm, unready.number())
		return
	}
	w.violate(invariantOneView, nil, "%v after the last fault, the nodes do not agree, though each is right about all others", w.now-calm)
}
