package table

import (
	"iter"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// Timers hold when the states of members run out. Members of a status are all given the
// same time, so there is a queue for each status, and the timer that is set last is due
// last.
//
// A timer belongs to a status and an incarnation of a member, not to its address: once
// either has changed the timer is dead, and passed over.
type Timers struct {
	table   *Table
	start   time.Time              // from when times below count
	queues  [len(timed)]timerQueue // by status; the last is hastened
	nextDue time.Duration          // nothing is due before; noTimer: there is nothing
	stuck   map[MemberID]TimedState
}

// timed are the statuses that end by themselves.
var timed = [...]wire.Status{wire.Suspect, wire.Faulty, wire.Tombstone, hastened: wire.Suspect}

// hastened is the queue of suspects with less time than the others. They are in the queue
// of the others, too, where their timers are dead by then.
const hastened = 3

// TimedState is what a timer is set for.
type TimedState struct {
	Status      wire.Status
	Incarnation int64
}

// timer is when the state of a member runs out.
type timer struct {
	at     time.Duration // since Timers.start
	member MemberID
	stamp  uint32 // of the incarnation
}

// stamp is enough of an incarnation, in ms, to tell it from others of the same member:
// two with the same stamp are 49 days apart.
func stamp(incarnation int64) uint32 { return uint32(incarnation) }

// timerQueue holds the timers of one status.
type timerQueue struct {
	list []timer // list[head:] is sorted by at
	head int     // list[:head] is over
	dead int     // about how many of list[head:] are dead
}

const (
	// keptTimers is how much room for timers is kept in quiet times.
	keptTimers = 64
	// noTimer is later than every timer.
	noTimer = time.Duration(math.MaxInt64)
)

// NewTimers returns timers for the members of a table; none is set to before start.
func NewTimers(t *Table, start time.Time) *Timers {
	return &Timers{table: t, start: start, nextDue: noTimer}
}

// Set starts the timer of a member for the state that it is in, which must be one that
// ends by itself.
func (t *Timers) Set(m MemberID, when time.Time) {
	t.put(slices.Index(timed[:], t.table.Status(m)), m, when.Sub(t.start))
}

// Hasten gives a suspect less time than Set has given it.
func (t *Timers) Hasten(m MemberID, when time.Time) { t.put(hastened, m, when.Sub(t.start)) }

// Unhasten gives all suspects the time again that Set has given them.
func (t *Timers) Unhasten() {
	q := &t.queues[hastened]
	q.list, q.head, q.dead = q.list[:0], 0, 0
	t.updateNextDue()
}

func (t *Timers) put(which int, m MemberID, at time.Duration) {
	r := &t.table.rows[m]
	q := &t.queues[which]
	if len(q.list) == cap(q.list) {
		t.tidy(which)
		q.list = slices.Grow(q.list, len(q.list)/2+1)
	}
	t.nextDue = min(t.nextDue, at)
	e := timer{at, m, stamp(r.incarnation)}
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

// Stuck is for timers that belong to an address alone, a defect of ringpop-go. It
// reports whether the timer of a member is left as it is, although its incarnation has
// changed; if not, it says that Set is going to be called.
func (t *Timers) Stuck(m MemberID) bool {
	r := &t.table.rows[m]
	if s, ok := t.stuck[m]; ok && s.Status == r.status {
		return true
	}
	if t.stuck == nil {
		t.stuck = make(map[MemberID]TimedState)
	}
	t.stuck[m] = TimedState{r.status, r.incarnation}
	return false
}

// Over says that a member is no longer in a state of the given status, whose timer is
// dead now.
func (t *Timers) Over(status wire.Status) {
	which := slices.Index(timed[:], status)
	if which < 0 {
		return
	}
	q := &t.queues[which]
	if q.dead++; q.dead > keptTimers && 2*q.dead > len(q.list)-q.head {
		t.tidy(which)
	}
}

// Next returns when to look for timers that are due; ok is false when there are none.
func (t *Timers) Next() (at time.Time, ok bool) {
	if t.nextDue == noTimer {
		return time.Time{}, false
	}
	return t.start.Add(t.nextDue), true
}

// Due reports whether it is time to look for timers that are due.
func (t *Timers) Due(now time.Time) bool { return t.nextDue <= now.Sub(t.start) }

// Expired returns the members whose time is over, and the states that their timers were
// set for, the earliest first. Their timers are over once they are returned.
func (t *Timers) Expired(now time.Time) iter.Seq2[MemberID, TimedState] {
	return func(yield func(MemberID, TimedState) bool) {
		age := now.Sub(t.start)
		var hastenedOnes map[MemberID]bool // which have later timers, too, that may be due
		for {
			which, m, s, ok := t.pop(age)
			if !ok {
				return
			}
			if hastenedOnes[m] {
				continue
			}
			if which == hastened {
				if hastenedOnes == nil {
					hastenedOnes = make(map[MemberID]bool)
				}
				hastenedOnes[m] = true
			}
			if !yield(m, s) {
				return
			}
		}
	}
}

// pop ends the timer that is due first; ok is false when none is due.
func (t *Timers) pop(age time.Duration) (which int, m MemberID, s TimedState, ok bool) {
	for {
		which, first := t.earliest()
		if first == nil || first.at > age {
			t.updateNextDue()
			return 0, 0, TimedState{}, false
		}
		e, live := *first, t.live(which, first)
		q := &t.queues[which]
		q.head++
		q.dead--
		if q.head == len(q.list) {
			t.tidy(which)
		}
		if live {
			return which, e.member, t.take(e.member), true
		}
	}
}

// Longest returns up to n members of a status, those whose timers were set first.
func (t *Timers) Longest(status wire.Status, n int) (members []MemberID) {
	which := slices.Index(timed[:], status)
	q := &t.queues[which]
	for i := q.head; i < len(q.list) && len(members) < n; i++ {
		if e := &q.list[i]; t.live(which, e) {
			members = append(members, e.member)
		}
	}
	return members
}

// Postpone moves the timers of all members of a status.
func (t *Timers) Postpone(status wire.Status, by time.Duration) {
	for which := range t.queues {
		if timed[which] != status {
			continue
		}
		for i := range t.queues[which].list {
			t.queues[which].list[i].at += by
		}
	}
	t.updateNextDue()
}

// Tidy drops the timers of members that were forgotten. It must be called before the
// next sweep, since others may get their numbers.
func (t *Timers) Tidy() {
	maps.DeleteFunc(t.stuck, func(m MemberID, _ TimedState) bool { return !t.table.Has(m) })
	for which := range t.queues {
		t.tidy(which)
	}
}

// tidy takes out the dead timers of a queue.
func (t *Timers) tidy(which int) {
	q := &t.queues[which]
	kept := q.list[:0]
	for i := range q.list[q.head:] {
		if e := &q.list[q.head+i]; t.live(which, e) {
			kept = append(kept, *e)
		}
	}
	q.list, q.head, q.dead = kept, 0, 0
	if cap(kept) > 4*len(kept)+keptTimers {
		q.list = slices.Clone(kept) // what a storm has needed is not kept
	}
}

// live reports whether the state that a timer was set for is still that of the member.
func (t *Timers) live(which int, e *timer) bool {
	if s, ok := t.stuck[e.member]; ok {
		return s.Status == timed[which] && stamp(s.Incarnation) == e.stamp
	}
	if !t.table.Has(e.member) {
		return false
	}
	r := &t.table.rows[e.member]
	return r.status == timed[which] && stamp(r.incarnation) == e.stamp
}

// earliest returns the timer that is due first, dead or not, and its queue; nil: there
// is none.
func (t *Timers) earliest() (which int, first *timer) {
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

func (t *Timers) updateNextDue() {
	t.nextDue = noTimer
	if _, first := t.earliest(); first != nil {
		t.nextDue = first.at
	}
}

// take returns the state for which the timer of a member was set, which is over.
func (t *Timers) take(m MemberID) TimedState {
	if s, ok := t.stuck[m]; ok {
		delete(t.stuck, m)
		return s
	}
	r := &t.table.rows[m]
	return TimedState{r.status, r.incarnation}
}
