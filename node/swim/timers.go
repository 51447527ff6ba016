package swim

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// timers hold the time at which each member's state runs out. Members of a status
// are all given the same time, so that there is a queue for each status, and whoever
// comes to it last is due last.
//
// A timer belongs to a member's status and incarnation, not to its address: once
// either has changed it means nothing, and is passed over.
type timers struct {
	nextDue time.Duration // nothing is due before
	table   *table
	queues  [len(timed)]timerQueue
	stuck   map[memberID]timedState // only with a defect
}

// timed are the statuses that end by themselves.
var timed = [...]wire.Status{wire.Suspect, wire.Faulty, wire.Tombstone}

// timedState is what a timer is set for.
type timedState struct {
	status      wire.Status
	incarnation int64
}

type timer struct {
	at     time.Duration // since the node's start
	member memberID
	stamp  uint32 // of the incarnation
}

// stamp is enough of an incarnation to tell it from others of the same member: two
// that have the same are 49 days apart.
func stamp(incarnation int64) uint32 { return uint32(incarnation) }

// timerQueue holds the timers of one status, the earliest first.
type timerQueue struct {
	list []timer
	head int // what is before it is over
	dead int // about how many of the rest mean nothing any more
}

// fewTimers is how much room for timers is kept in quiet times.
const fewTimers = 64

// set starts the timer of a member for the state that it is in now.
func (t *timers) set(member memberID, at time.Duration) {
	r := t.table.row(member)
	which := slices.Index(timed[:], r.status)
	q := &t.queues[which]
	if len(q.list) == cap(q.list) {
		t.tidy(which)
		q.list = slices.Grow(q.list, len(q.list)/2+1)
	}
	t.nextDue = min(t.nextDue, at)
	e := timer{at, member, stamp(r.incarnation)}
	if last := len(q.list) - 1; last < q.head || q.list[last].at <= at {
		q.list = append(q.list, e)
		return
	}
	// The others were postponed.
	place, _ := slices.BinarySearchFunc(q.list[q.head:], at, func(e timer, at time.Duration) int {
		if e.at <= at {
			return -1
		}
		return 1
	})
	q.list = slices.Insert(q.list, q.head+place, e)
}

// keeps is for timers that belong to an address alone: it reports whether that of a member
// is left as it is, although the member's incarnation has changed.
func (t *timers) keeps(m memberID) bool {
	r := t.table.row(m)
	if s, ok := t.stuck[m]; ok && s.status == r.status {
		return true
	}
	if t.stuck == nil {
		t.stuck = make(map[memberID]timedState)
	}
	t.stuck[m] = timedState{r.status, r.incarnation}
	return false
}

// over says that a member is not in a state any more.
func (t *timers) over(status wire.Status) {
	which := slices.Index(timed[:], status)
	if which < 0 {
		return
	}
	q := &t.queues[which]
	if q.dead++; q.dead > fewTimers && 2*q.dead > len(q.list)-q.head {
		t.tidy(which)
	}
}

// tidy takes out what means nothing any more.
func (t *timers) tidy(which int) {
	q := &t.queues[which]
	kept := q.list[:0]
	for i := range q.list[q.head:] {
		if e := &q.list[q.head+i]; t.live(which, e) {
			kept = append(kept, *e)
		}
	}
	q.list, q.head, q.dead = kept, 0, 0
	if cap(kept) > 4*len(kept)+fewTimers {
		q.list = slices.Clone(kept) // what a storm has needed is not kept
	}
}

// live reports whether the state that a timer was set for is still that of the
// member.
func (t *timers) live(which int, e *timer) bool {
	if s, ok := t.stuck[e.member]; ok {
		return s.status == timed[which] && stamp(s.incarnation) == e.stamp
	}
	if !t.table.has(e.member) {
		return false
	}
	r := t.table.row(e.member)
	return r.status == timed[which] && stamp(r.incarnation) == e.stamp
}

// earliest returns the queue whose first timer is due first, whether or not it still
// means something; nil: there is none.
func (t *timers) earliest() (which int, first *timer) {
	for i := range t.queues {
		q := &t.queues[i]
		if q.head == len(q.list) {
			continue
		}
		if e := &q.list[q.head]; first == nil || e.at < first.at {
			which, first = i, e
		}
	}
	return which, first
}

// next returns when to look for timers that are due.
func (t *timers) next() (at time.Duration, ok bool) {
	return t.nextDue, t.nextDue < never
}

// never is later than every timer.
const never = time.Duration(math.MaxInt64)

// look finds out when something is due.
func (t *timers) look() {
	t.nextDue = never
	if _, first := t.earliest(); first != nil {
		t.nextDue = first.at
	}
}

// pop returns a member whose time is over and the state for which it was set, the
// earliest first.
func (t *timers) pop(now time.Duration) (member memberID, state timedState, ok bool) {
	for {
		which, first := t.earliest()
		if first == nil || first.at > now {
			t.look()
			return 0, timedState{}, false
		}
		e, live := *first, t.live(which, first)
		q := &t.queues[which]
		q.head++
		q.dead--
		if q.head == len(q.list) {
			t.tidy(which)
		}
		if live {
			return e.member, t.take(e.member), true
		}
	}
}

// take returns the state for which the timer of a member was set, which is over.
func (t *timers) take(member memberID) timedState {
	if s, ok := t.stuck[member]; ok {
		delete(t.stuck, member)
		return s
	}
	r := t.table.row(member)
	return timedState{r.status, r.incarnation}
}

// tidyAll drops the timers of members that were forgotten: somebody else may get their
// numbers.
func (t *timers) tidyAll() {
	maps.DeleteFunc(t.stuck, func(m memberID, _ timedState) bool { return !t.table.has(m) })
	for which := range t.queues {
		t.tidy(which)
	}
}

// longest returns up to some members that are of a status, those that have been for
// longest.
func (t *timers) longest(status wire.Status, some int) (members []memberID) {
	which := slices.Index(timed[:], status)
	q := &t.queues[which]
	for i := q.head; i < len(q.list) && len(members) < some; i++ {
		if e := &q.list[i]; t.live(which, e) {
			members = append(members, e.member)
		}
	}
	return members
}

// postpone moves every timer of members of the given status.
func (t *timers) postpone(status wire.Status, by time.Duration) {
	q := &t.queues[slices.Index(timed[:], status)]
	for i := range q.list {
		q.list[i].at += by
	}
	t.look()
}
