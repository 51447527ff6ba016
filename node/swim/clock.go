package swim

import (
	"fmt"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// Incarnations are times of day, but clocks are wrong: a board without a battery starts in
// 1970. What lies too far in the future is measured by what most members have, when that
// is later than the node's own clock; a node that knows nobody goes by what it is told.
// And a node whose own clock is ahead of most members by more than that takes their time
// for its incarnations, or nobody would believe it.
//
// (Incarnations that are merely wrong do no harm, since everything can be out-bid up to
// [wire.MaxIncarnation]; so MaxAhead is generous.)

// checkFuture returns an error if a change cannot be believed because it comes
// from a time that no clock that is merely wrong would show.
func (n *Node) checkFuture(b *table.ChangeSet) error {
	latest := n.latestBelievable(b)
	if b.Latest() <= latest {
		return nil
	}
	for i := range b.All() {
		if c := &b.All()[i]; c.Incarnation > latest {
			return fmt.Errorf("%w: %d, %s, of %s; one of the clocks is wrong", ErrFuture, c.Incarnation,
				time.UnixMilli(c.Incarnation).UTC().Format(time.DateOnly), n.table.Address(c.Member))
		}
	}
	return nil
}

// believable returns the changes of an answer without those that cannot be believed.
func (n *Node) believable(from wire.Address, b table.ChangeSet) table.ChangeSet {
	latest := n.latestBelievable(&b)
	if b.Latest() <= latest {
		return b
	}
	kept := b.Without(func(c *table.Change) bool { return c.Incarnation > latest })
	n.emit(AnswerChangesSkipped{From: from, Count: b.Len() - kept.Len(), Why: ErrFuture.Error()})
	return kept
}

// latestBelievable returns the latest incarnation that may be believed of a set.
func (n *Node) latestBelievable(b *table.ChangeSet) int64 {
	own := n.now.UnixMilli()
	ahead := n.cfg.MaxAhead.Milliseconds()
	if b.Latest() <= own+ahead {
		return own + ahead // as nearly always
	}
	common, ok := n.commonTime()
	if !ok {
		common, ok = commonTimeOf(b, n.me)
	}
	if !ok || common <= own {
		return own + ahead
	}
	if common > own+ahead {
		n.clockIsOff(common)
	}
	return common + ahead
}

// commonTime returns the median of the other members' incarnations; ok is false when
// there are none.
func (n *Node) commonTime() (median int64, ok bool) {
	if now := n.age(); n.common.valid && now < n.common.until {
		return n.common.median, true
	}
	times := make([]int64, 0, n.table.Len())
	for m := range n.table.All() {
		if m != n.me {
			times = append(times, n.table.Incarnation(m))
		}
	}
	if len(times) == 0 {
		return 0, false
	}
	n.common = commonTime{valid: true, median: medianOf(times), until: n.age() + n.cfg.ProtocolPeriod}
	return n.common.median, true
}

// commonTime is what most members had for the time, kept for a protocol period.
type commonTime struct {
	valid  bool
	median int64
	until  time.Duration
}

// commonTimeOf is commonTime of the members in a set but one.
func commonTimeOf(b *table.ChangeSet, me table.MemberID) (median int64, ok bool) {
	var times []int64
	for i := range b.All() {
		if b.All()[i].Member != me {
			times = append(times, b.All()[i].Incarnation)
		}
	}
	if len(times) == 0 {
		return 0, false
	}
	return medianOf(times), true
}

// medianOf returns the lower median of some times, which it sorts.
func medianOf(times []int64) int64 {
	slices.Sort(times)
	return times[(len(times)-1)/2]
}

// checkClock looks at the clock of the node once in a round of pings, and takes back an
// incarnation that most members do not believe.
func (n *Node) checkClock() {
	common, ok := n.commonTime()
	if !ok {
		return
	}
	own := n.now.UnixMilli()
	if own > common+clockAhead.Milliseconds() || own < common-clockBehind.Milliseconds() {
		n.clockIsOff(common)
	}
	latest := common + n.cfg.MaxAhead.Milliseconds()
	n.clockAhead = own > latest
	if n.clockAhead && n.self.Incarnation > latest {
		n.renew(table.State{Incarnation: common, Status: n.self.Status, Labels: n.self.Labels})
	}
}

// A clock is warned about when most members have been born this long after what it shows,
// or so long before that hardly any process runs for that time.
const (
	clockBehind = 24 * time.Hour
	clockAhead  = 10 * 365 * 24 * time.Hour
)

// clockIsOff warns that the clock differs from that of most members, once.
func (n *Node) clockIsOff(common int64) {
	if !n.clockWarned {
		n.clockWarned = true
		n.emit(ClockOff{By: n.now.Sub(time.UnixMilli(common))})
	}
}

// clockTime returns the time for an incarnation of this node.
func (n *Node) clockTime() int64 {
	if n.clockAhead {
		if common, ok := n.commonTime(); ok {
			return common
		}
	}
	return n.now.UnixMilli()
}
