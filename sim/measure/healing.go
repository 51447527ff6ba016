package measure

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/sim/check"
	"github.com/ringmend/ringmend/sim/script"
	"github.com/ringmend/ringmend/sim/world"
)

// Healing is what the cuts of a run have cost, and how the last of them ended.
// What is counted after the network is back is counted until the run ends.
type Healing struct {
	// Back is when the network was back: the end of the last cut.
	Back time.Duration
	// Healed tells whether the cluster became one after that, and Took how long
	// that took. Settled is later if it came apart again, Relapses times.
	Healed   bool
	Took     time.Duration
	Settled  time.Duration
	Relapses int

	// Dials is how many requests the nodes of one side sent to other sides
	// while they were cut off, of the side that sent most. LateDials is how many
	// there were a minute once a cut had lasted for [LateAfter], of the side that
	// sent most, and LateFor how long that was: whole minutes of the last cut.
	Dials     int
	LateDials float64
	LateFor   time.Duration

	// Visits is the bytes of what healers sent and were answered once the
	// network was back, Syncs that of whole memberships that were sent because
	// checksums differed, and Membership that of one whole membership.
	Visits, Syncs, Membership int

	// Harmed is how many members were made unpingable by the visit of a healer,
	// and Slandered how many running ones that could be reached came to be held
	// faulty somewhere after the network was back, for whatever reason.
	Harmed, Slandered int
}

// LateAfter is after how long a cut is one that stays, which healers must not
// spend much on.
const LateAfter = 10 * time.Minute

// healCost adds up a Healing.
type healCost struct {
	cut       bool          // there is one now
	began     time.Duration // the cut
	back      time.Duration // its end
	one       bool          // the cluster was at the last sample since then
	result    Healing
	dials     [script.MaxParts + 1]int   // of each part
	late      [script.MaxParts + 1][]int // in each minute from LateAfter on
	slandered map[int32]bool
}

func (t *healCost) cutOff(now time.Duration) {
	if !t.cut {
		t.cut, t.began = true, now
		clear(t.late[:])
	}
}

func (t *healCost) mended(now time.Duration) {
	if !t.cut {
		return
	}
	t.cut, t.back, t.one = false, now, false
	t.slandered = make(map[int32]bool)
	t.result = Healing{Back: now, LateFor: max(0, now-t.began-LateAfter).Truncate(time.Minute)}
}

// isBack reports whether the network was cut and is back.
func (t *healCost) isBack() bool { return !t.cut && t.back > 0 }

// dialled counts a request to another side.
func (m *Measures) dialled(c *world.Call) {
	if !m.cost.cut || c.To == nil {
		return
	}
	side := m.world.Net.Side(c.From.Index, c.To.Index)
	if side == 0 {
		return
	}
	m.cost.dials[side]++
	m.cost.dialledLate(side, m.world.Now-m.cost.began-LateAfter)
}

// dialledLate counts a request of a side to another one by the minute.
func (t *healCost) dialledLate(side uint8, since time.Duration) {
	if since < 0 {
		return
	}
	minute, late := int(since/time.Minute), t.late[side]
	if missing := minute + 1 - len(late); missing > 0 {
		late = append(late, make([]int, missing)...)
	}
	late[minute]++
	t.late[side] = late
}

// measureWhole measures, at a sample, whether the cluster is one.
func (m *Measures) measureWhole(one bool) {
	t := &m.cost
	if !t.isBack() {
		return
	}
	r := &t.result
	switch {
	case one && !t.one:
		r.Settled = m.world.Now - t.back
		if r.Healed {
			r.Relapses++
			break
		}
		r.Healed, r.Took = true, r.Settled
		r.Membership = m.membershipSize()
	case one && m.Linger > 0 && m.world.Now >= t.back+r.Took+m.Linger && !m.cutsAgain():
		m.world.Stop()
	}
	t.one = one
}

// membershipSize returns the bytes of a whole membership.
func (m *Measures) membershipSize() int {
	for _, n := range m.world.Nodes {
		if n.Up {
			return sizeOf(n.Core.Node().Membership())
		}
	}
	return 0
}

// cutsAgain reports whether the script has a cut that is still to come.
func (m *Measures) cutsAgain() bool {
	return slices.ContainsFunc(m.world.Script.Steps, func(s script.Step) bool {
		return s.At > m.world.Now && (s.Verb == "cut" || s.Verb == "one-way")
	})
}

// visitCost counts the bytes of a message by which a healer works.
func (m *Measures) visitCost(c *world.Call, bytes int) {
	if c.Why.Heals() && m.cost.isBack() {
		m.cost.result.Visits += bytes
	}
}

// syncCost counts the bytes of a whole membership that answers something else.
func (m *Measures) syncCost(c *world.Call, bytes int) {
	if c.Why != swim.HealAttempt && m.cost.isBack() {
		m.cost.result.Syncs += bytes
	}
}

// slander counts a node that is held faulty although it runs and can be reached.
func (m *Measures) slander(subject *world.Node) {
	if m.cost.isBack() {
		m.cost.slandered[subject.Index] = true
	}
}

func (m *Measures) concludeHealing() {
	t := &m.cost
	if !t.isBack() {
		return
	}
	r := &t.result
	r.Slandered = len(t.slandered)
	r.Harmed = m.Races
	if v := m.world.Violation; v != nil && v.Invariant == check.InvariantHeal {
		r.Harmed++
	}
	minutes := int(r.LateFor / time.Minute)
	for side := range t.dials {
		r.Dials = max(r.Dials, t.dials[side])
		late := 0
		for _, n := range t.late[side][:min(minutes, len(t.late[side]))] {
			late += n
		}
		if minutes > 0 {
			r.LateDials = max(r.LateDials, float64(late)/float64(minutes))
		}
	}
	m.Healing = r
}
