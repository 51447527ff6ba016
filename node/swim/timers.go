package swim

import (
	"container/heap"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// timers hold the time at which each member's state runs out. A timer belongs
// to a member's status and incarnation, not to its address: when either changes
// it is set anew, and an old one never fires.
type timers struct {
	queue timerQueue
}

type timer struct {
	at          time.Time
	address     wire.Address
	status      wire.Status
	incarnation int64
}

func newTimers() timers {
	return timers{queue: timerQueue{place: make(map[wire.Address]int)}}
}

// set replaces the timer of a member.
func (t *timers) set(new timer) {
	if i, ok := t.queue.place[new.address]; ok {
		t.queue.timers[i] = new
		heap.Fix(&t.queue, i)
		return
	}
	heap.Push(&t.queue, new)
}

// cancel removes the timer of a member, if it has one.
func (t *timers) cancel(address wire.Address) {
	if i, ok := t.queue.place[address]; ok {
		heap.Remove(&t.queue, i)
	}
}

// next returns when the first timer is due.
func (t *timers) next() (at time.Time, ok bool) {
	if len(t.queue.timers) == 0 {
		return time.Time{}, false
	}
	return t.queue.timers[0].at, true
}

// pop returns a timer that is due at the given time, the earliest first.
func (t *timers) pop(now time.Time) (timer, bool) {
	if at, ok := t.next(); !ok || at.After(now) {
		return timer{}, false
	}
	return heap.Pop(&t.queue).(timer), true
}

// postpone moves every timer of the given status.
func (t *timers) postpone(status wire.Status, by time.Duration) {
	for i := range t.queue.timers {
		if t.queue.timers[i].status == status {
			t.queue.timers[i].at = t.queue.timers[i].at.Add(by)
		}
	}
	heap.Init(&t.queue)
}

// timerQueue implements heap.Interface and knows where each member's timer is.
// Timers that are due at the same time come in the order of their addresses,
// so that runs can be repeated.
type timerQueue struct {
	timers []timer
	place  map[wire.Address]int
}

func (q *timerQueue) Len() int { return len(q.timers) }

func (q *timerQueue) Less(i, j int) bool {
	a, b := &q.timers[i], &q.timers[j]
	if !a.at.Equal(b.at) {
		return a.at.Before(b.at)
	}
	return a.address < b.address
}

func (q *timerQueue) Swap(i, j int) {
	q.timers[i], q.timers[j] = q.timers[j], q.timers[i]
	q.place[q.timers[i].address] = i
	q.place[q.timers[j].address] = j
}

func (q *timerQueue) Push(x any) {
	t := x.(timer)
	q.place[t.address] = len(q.timers)
	q.timers = append(q.timers, t)
}

func (q *timerQueue) Pop() any {
	last := len(q.timers) - 1
	t := q.timers[last]
	q.timers = q.timers[:last]
	delete(q.place, t.address)
	return t
}
