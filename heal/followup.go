package heal

import (
	"math/bits"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// followUp is a target to be visited again, once the rebirths that the last visit
// asked for can have spread.
type followUp struct {
	target   wire.Address
	began    time.Time     // when it was asked first
	left     int           // visits after this one
	ours     []wire.Change // suspects of our side; they are watched for their rebirth
	asked    time.Time     // when the rebirths were asked for
	earliest time.Time     // when to look first
	latest   time.Time     // when to go in any case
	patience time.Duration // of the next one
}

// newFollowUp gives each side the time that a change takes to reach all of it and
// an answer to come back: some protocol periods, and more the larger it is.
func (h *Healer) newFollowUp(target wire.Address, began time.Time, ours []wire.Change, left int, patience time.Duration) followUp {
	spread := h.spread()
	patience = max(patience, 2*spread)
	f := followUp{
		target:   target,
		began:    began,
		left:     left,
		ours:     ours,
		asked:    h.now,
		earliest: h.now.Add(h.node.Period()),
		latest:   h.now.Add(patience),
		patience: 2 * patience,
	}
	if len(ours) == 0 {
		f.earliest = h.now.Add(max(2*h.node.Period(), h.now.Sub(began)/2))
		f.latest = f.earliest
	}
	return f
}

// spread is the time that members which were made suspect need to hear of it, and
// all nodes to hear of their rebirth. A node meets two others in a period, one that it
// pings and one that pings it: the number of those that know a change triples in each.
func (h *Healer) spread() time.Duration {
	periods := 2 + (3*bits.Len(uint(h.node.Pingable()))+3)/4
	return h.node.Period() * time.Duration(periods)
}

// due reports whether the target should be visited now. How long the rebirths of
// our side took tells how long those of the other side may take, which had to hear
// of it from one node, too: half as long again.
func (f *followUp) due(now time.Time, member func(wire.Address) (swim.Member, bool)) bool {
	if now.Before(f.earliest) {
		return false
	}
	waiting := slices.ContainsFunc(f.ours, func(c wire.Change) bool {
		m, ok := member(c.Address)
		return ok && m.Incarnation <= c.Incarnation && m.Status.Pingable()
	})
	if !waiting && len(f.ours) > 0 {
		f.ours = nil
		if enough := now.Add(now.Sub(f.asked) / 2); enough.Before(f.latest) {
			f.latest = enough
		}
	}
	return !now.Before(f.latest)
}

// visitFollowUps visits the targets that are due.
func (h *Healer) visitFollowUps() {
	var due []followUp
	waiting := h.followUps[:0]
	for i := range h.followUps {
		if f := &h.followUps[i]; f.due(h.now, h.node.Member) {
			due = append(due, *f)
		} else {
			waiting = append(waiting, *f)
		}
	}
	h.followUps = waiting
	for _, f := range due {
		if h.isOver(f.target) {
			continue
		}
		h.attempt(f.target, h.cfg.JoinTimeout, &f, func(bool, map[wire.Address]bool) {})
	}
}

// isOver reports whether another node has merged with the side of a target: it is a member
// that is up, and none is missing any more.
func (h *Healer) isOver(target wire.Address) bool {
	m, known := h.node.Member(target)
	return known && m.Status.Pingable() && h.urgency.suspected.IsZero()
}

// hasFollowUp reports whether another visit to a target is planned.
func (h *Healer) hasFollowUp(target wire.Address) bool {
	return slices.ContainsFunc(h.followUps, func(f followUp) bool { return f.target == target })
}

// dropFollowUp gives up another visit that is planned.
func (h *Healer) dropFollowUp(target wire.Address) {
	h.followUps = slices.DeleteFunc(h.followUps, func(f followUp) bool { return f.target == target })
}

// planFollowUp plans another visit to a target.
func (h *Healer) planFollowUp(target wire.Address, plan Plan, began time.Time, last *followUp) {
	left, patience := h.cfg.FollowUps, time.Duration(0)
	if last != nil {
		left, patience = last.left-1, last.patience
	}
	if h.cfg.Ringpop {
		return
	}
	if left <= 0 {
		h.backoffs.fail(target, h.now)
		return
	}
	if h.hasFollowUp(target) {
		return // another visit has planned one
	}
	h.followUps = append(h.followUps, h.newFollowUp(target, began, suspects(plan.Ours), left, patience))
}
