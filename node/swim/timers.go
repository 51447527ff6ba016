package swim

import (
	"container/heap"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// timers hold the time at which each member's state runs out. A timer belongs
// to a member's status and incarnation, not to its address: when either changes
// it is set anew or cancelled, and so an old one never fires.
//
// It implements heap.Interface, and each member's row knows where its timer is.
// Timers that are due at the same time come in the order of their addresses,
// so that runs can be repeated.
type timers struct {
	table *table
	queue []timer
}

type timer struct {
	at     time.Duration // since the node's start
	member number
}

// set replaces the timer of a member.
func (t *timers) set(member number, at time.Duration) {
	if i := t.table.row(member).timer; i > 0 {
		t.queue[i-1].at = at
		heap.Fix(t, int(i-1))
		return
	}
	heap.Push(t, timer{at, member})
}

// cancel removes the timer of a member, if it has one.
func (t *timers) cancel(member number) {
	if i := t.table.row(member).timer; i > 0 {
		heap.Remove(t, int(i-1))
	}
}

// next returns when the first timer is due.
func (t *timers) next() (at time.Duration, ok bool) {
	if len(t.queue) == 0 {
		return 0, false
	}
	return t.queue[0].at, true
}

// pop returns a member whose time is over, the earliest first.
func (t *timers) pop(now time.Duration) (member number, ok bool) {
	if len(t.queue) == 0 || t.queue[0].at > now {
		return 0, false
	}
	return heap.Pop(t).(timer).member, true
}

// postpone moves every timer of members of the given status.
func (t *timers) postpone(status wire.Status, by time.Duration) {
	for i := range t.queue {
		if t.table.row(t.queue[i].member).status == status {
			t.queue[i].at += by
		}
	}
	heap.Init(t)
}

// Len is for package heap, as are the methods that follow.
func (t *timers) Len() int { return len(t.queue) }

// Less orders by time, then by address.
func (t *timers) Less(i, j int) bool {
	a, b := &t.queue[i], &t.queue[j]
	if a.at != b.at {
		return a.at < b.at
	}
	return t.table.book.address(a.member) < t.table.book.address(b.member)
}

// Swap exchanges two timers.
func (t *timers) Swap(i, j int) {
	t.queue[i], t.queue[j] = t.queue[j], t.queue[i]
	t.table.row(t.queue[i].member).timer = int32(i + 1)
	t.table.row(t.queue[j].member).timer = int32(j + 1)
}

// Push appends a timer.
func (t *timers) Push(x any) {
	new := x.(timer)
	t.queue = append(t.queue, new)
	t.table.row(new.member).timer = int32(len(t.queue))
}

// Pop takes the last timer away.
func (t *timers) Pop() any {
	last := len(t.queue) - 1
	old := t.queue[last]
	t.queue = t.queue[:last]
	t.table.row(old.member).timer = 0
	return old
}
