package swim

import (
	"fmt"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
)

// Incarnations are times of day, but clocks are wrong: a board without a battery starts in
// 1970. What lies too far in the future is measured by what most members have, when that
// is later than the node's own clock; a node that knows no other member goes by what it is
// told. And a node whose own clock is ahead of most members by more than that takes their
// time for its incarnations, or no member would believe it.
//
// (Incarnations that are merely wrong do no harm, since everything can be out-bid up to
// [wire.MaxIncarnation]; so MaxAhead is generous.)

// clock compares the node's clock with the incarnations of the members.
type clock struct {
	table    *table.Table
	me       table.MemberID
	out      *Effects
	maxAhead time.Duration // see [Config.MaxAhead]
	keep     time.Duration // how long a median is used

	median int64     // of the other members' incarnations
	until  time.Time // median is valid before

	ahead  bool // the node's clock is ahead of the median by more than maxAhead
	warned bool // ClockOff was emitted
}

// A warning is given when the median of the incarnations is this long after what the clock
// shows, or so long before that hardly any process runs for that time.
const (
	clockBehind = 24 * time.Hour
	clockAhead  = 10 * 365 * 24 * time.Hour
)

// checkFuture returns an error if a change comes from a time that no clock that is merely
// wrong would show.
func (c *clock) checkFuture(b *table.ChangeSet, now time.Time) error {
	latest := c.latestBelievable(b, now)
	if b.Latest() <= latest {
		return nil
	}
	for i := range b.All() {
		if change := &b.All()[i]; change.Incarnation > latest {
			return fmt.Errorf("%w: %d, %s, of %s; one of the clocks is wrong", ErrFuture, change.Incarnation,
				time.UnixMilli(change.Incarnation).UTC().Format(time.DateOnly), c.table.Address(change.Member))
		}
	}
	return nil
}

// believable returns a set without the changes that checkFuture would refuse, and how many
// these are.
func (c *clock) believable(b table.ChangeSet, now time.Time) (believed table.ChangeSet, skipped int) {
	latest := c.latestBelievable(&b, now)
	if b.Latest() <= latest {
		return b, 0
	}
	believed = b.Without(func(change *table.Change) bool { return change.Incarnation > latest })
	return believed, b.Len() - believed.Len()
}

// latestBelievable returns the latest incarnation that may be believed of a set.
func (c *clock) latestBelievable(b *table.ChangeSet, now time.Time) int64 {
	own := now.UnixMilli()
	ahead := c.maxAhead.Milliseconds()
	if b.Latest() <= own+ahead {
		return own + ahead // as nearly always
	}
	common, ok := c.common(now)
	if !ok {
		common, ok = medianOfOthers(b, c.me)
	}
	if !ok || common <= own {
		return own + ahead
	}
	if common > own+ahead {
		c.warn(common, now)
	}
	return common + ahead
}

// common returns what most members have for the time: the median of the other members'
// incarnations. ok is false when there are none.
func (c *clock) common(now time.Time) (median int64, ok bool) {
	if now.Before(c.until) {
		return c.median, true
	}
	incarnations := make([]int64, 0, c.table.Len())
	for m := range c.table.All() {
		if m != c.me {
			incarnations = append(incarnations, c.table.Incarnation(m))
		}
	}
	if len(incarnations) == 0 {
		return 0, false
	}
	c.median, c.until = medianOf(incarnations), now.Add(c.keep)
	return c.median, true
}

// checkOwn compares the node's clock with what most members have for the time. ok is set
// when the node's incarnation is one that they do not believe; then it is to be common.
func (c *clock) checkOwn(now time.Time, incarnation int64) (common int64, ok bool) {
	common, ok = c.common(now)
	if !ok {
		return 0, false
	}
	own := now.UnixMilli()
	if own > common+clockAhead.Milliseconds() || own < common-clockBehind.Milliseconds() {
		c.warn(common, now)
	}
	latest := common + c.maxAhead.Milliseconds()
	c.ahead = own > latest
	return common, c.ahead && incarnation > latest
}

// warn reports, once, that the clock differs from that of most members.
func (c *clock) warn(common int64, now time.Time) {
	if !c.warned {
		c.warned = true
		c.out.emit(ClockOff{By: now.Sub(time.UnixMilli(common))})
	}
}

// incarnation returns the time for a new incarnation of the node.
func (c *clock) incarnation(now time.Time) int64 {
	if c.ahead {
		if common, ok := c.common(now); ok {
			return common
		}
	}
	return now.UnixMilli()
}

// medianOfOthers returns the median of the incarnations in a set but the node's own.
func medianOfOthers(b *table.ChangeSet, me table.MemberID) (median int64, ok bool) {
	var incarnations []int64
	for i := range b.All() {
		if c := &b.All()[i]; c.Member != me {
			incarnations = append(incarnations, c.Incarnation)
		}
	}
	if len(incarnations) == 0 {
		return 0, false
	}
	return medianOf(incarnations), true
}

// medianOf returns the lower median of some incarnations, which it sorts.
func medianOf(incarnations []int64) int64 {
	slices.Sort(incarnations)
	return incarnations[(len(incarnations)-1)/2]
}
