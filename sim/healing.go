package sim

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/swim"
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
	dials     [maxParts + 1]int   // of each part
	late      [maxParts + 1][]int // in each minute from LateAfter on
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
func (w *world) dialled(f *flight) {
	if !w.toll.cut || f.to == nil {
		return
	}
	side := w.net.side(f.from.index, f.to.index)
	if side == 0 {
		return
	}
	w.toll.dials[side]++
	w.toll.dialledLate(side, w.now-w.toll.began-LateAfter)
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

// measureWhole takes note at a sample of whether the cluster is one.
func (w *world) measureWhole(one bool) {
	t := &w.toll
	if !t.isBack() {
		return
	}
	r := &t.result
	switch {
	case one && !t.one:
		r.Settled = w.now - t.back
		if r.Healed {
			r.Relapses++
			break
		}
		r.Healed, r.Took = true, r.Settled
		r.Membership = w.membershipSize()
	case one && w.opts.Linger > 0 && w.now >= t.back+r.Took+w.opts.Linger && !w.cutsAgain():
		w.over = true
	}
	t.one = one
}

// membershipSize returns the bytes of a whole membership.
func (w *world) membershipSize() int {
	for _, m := range w.machines {
		if m.up {
			membership, _ := m.core.Node().Membership()
			whole := told{changes: membership}
			return whole.size()
		}
	}
	return 0
}

// cutsAgain reports whether the script has a cut that is still to come.
func (w *world) cutsAgain() bool {
	return slices.ContainsFunc(w.script.Steps, func(s Step) bool {
		return s.At > w.now && (s.Verb == "cut" || s.Verb == "one-way")
	})
}

// visitCost counts the bytes of a message by which a healer works.
func (w *world) visitCost(f *flight, bytes int) {
	if f.why.Heals() && w.toll.isBack() {
		w.toll.result.Visits += bytes
	}
}

// syncCost counts the bytes of a whole membership that answers something else.
func (w *world) syncCost(f *flight, bytes int) {
	if f.why != swim.HealAttempt && w.toll.isBack() {
		w.toll.result.Syncs += bytes
	}
}

// slander takes note that a node that runs and can be reached is held faulty.
func (w *world) slander(subject *machine) {
	if w.toll.isBack() {
		w.toll.slandered[subject.index] = true
	}
}

// tellsOtherSide reports whether a call is the second half of a visit of another side.
func (f *flight) tellsOtherSide() bool {
	return f.why == swim.HealReincarnate || f.why == swim.HealMerge
}

func (w *world) concludeHealing() {
	t := &w.toll
	if !t.isBack() {
		return
	}
	r := &t.result
	r.Slandered = len(t.slandered)
	r.Harmed = w.result.Races
	if v := w.result.Violation; v != nil && v.Invariant == invariantHeal {
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
	w.result.Healing = r
}
