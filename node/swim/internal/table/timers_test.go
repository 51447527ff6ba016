package table

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/wire"
)

// Timers fire in order, for the last state of each member only, whatever the
// members have been meanwhile, and however often those of a status are postponed.
func TestTimersFireInOrderAndOnlyTheirLatest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type due struct {
			at    time.Duration
			state TimedState
		}
		periods := map[wire.Status]time.Duration{wire.Suspect: 5, wire.Faulty: 30, wire.Tombstone: 12}
		table, _ := New(wire.FlavourGo, nil, "self:1")
		start := time.UnixMilli(1)
		q := NewTimers(table, start)
		const members = 100 // more than there is room for at first
		for i := range members {
			table.add(table.addresses.intern(wire.Address(fmt.Sprint("h:", i))), State{Status: wire.Alive})
		}
		want := make(map[MemberID]due)
		now := time.Duration(0)
		for range rapid.IntRange(0, 300).Draw(t, "steps") {
			now += time.Duration(rapid.IntRange(0, 2).Draw(t, "pause"))
			member := MemberID(rapid.IntRange(1, members).Draw(t, "member"))
			status := rapid.SampledFrom([]wire.Status{wire.Alive, wire.Suspect, wire.Suspect, wire.Faulty, wire.Tombstone}).Draw(t, "status")
			row := &table.rows[member]
			switch rapid.IntRange(0, 20).Draw(t, "do") {
			case 0:
				by := time.Duration(rapid.IntRange(0, 10).Draw(t, "by"))
				q.Postpone(wire.Suspect, by)
				for member, d := range want {
					if d.state.Status == wire.Suspect {
						d.at += by
						want[member] = d
					}
				}
				continue
			case 1:
				row.mark(isMember, false) // and another member gets its number
				q.Tidy()
				row.mark(isMember, true)
				delete(want, member)
				row.status = wire.Alive
				continue
			}
			row.status = status
			row.incarnation++
			delete(want, member)
			if period, ok := periods[status]; ok {
				q.Set(member, start.Add(now+period))
				want[member] = due{now + period, TimedState{status, row.incarnation}}
			}
		}
		now += time.Duration(rapid.IntRange(0, 50).Draw(t, "end"))
		var fired []time.Duration
		for member, state := range q.Expired(start.Add(now)) {
			d, set := want[member]
			if !set || d.at > now || d.state != state {
				t.Fatalf("%d fired at %v for %v, it was to for %v", member, now, state, d)
			}
			fired = append(fired, d.at)
			delete(want, member)
		}
		if !slices.IsSorted(fired) {
			t.Fatal("out of order")
		}
		for member, d := range want {
			if d.at <= now {
				t.Fatalf("%d did not fire at %v", member, now)
			}
		}
		next, ok := q.Next()
		for member, d := range want {
			if !ok || d.at < next.Sub(start) {
				t.Fatalf("the next is due at %v, %v; that of %d at %v", next, ok, member, d.at)
			}
		}
	})
}

// With stuck timers a member that turns suspect again keeps the timer of the first time.
func TestStuckTimersBelongToAddresses(t *testing.T) {
	table, numbers := tableOf(2)
	start := time.UnixMilli(0)
	q := NewTimers(table, start)
	b := table.Begin()
	suspect := func(m MemberID, incarnation int64, after time.Duration) (set bool) {
		b.Set(m, State{Incarnation: incarnation, Status: wire.Suspect})
		if q.Stuck(m) {
			return false
		}
		q.Set(m, start.Add(after))
		return true
	}
	if !suspect(numbers[0], 2, 5) || !suspect(numbers[1], 2, 5) || suspect(numbers[0], 3, 9) {
		t.Error("the second timer of a member was set, or a first one was not")
	}
	b.Remove(numbers[1])
	q.Tidy()
	fired := make(map[MemberID]TimedState)
	for m, s := range q.Expired(start.Add(100)) {
		fired[m] = s
	}
	if want := (map[MemberID]TimedState{numbers[0]: {wire.Suspect, 2}}); !maps.Equal(fired, want) {
		t.Errorf("%v fired, want %v", fired, want)
	}
	if _, ok := q.Next(); ok {
		t.Error("a timer is left")
	}
	if !suspect(numbers[0], 4, 9) {
		t.Error("the timer after one that was over is not set")
	}
}

// Timers that mean nothing any more are taken out before they are due, once they are many.
func TestDeadTimersAreTakenOut(t *testing.T) {
	table, numbers := tableOf(4 * keptTimers)
	start := time.UnixMilli(0)
	q := NewTimers(table, start)
	b := table.Begin()
	for _, m := range numbers {
		b.Set(m, State{Incarnation: 1, Status: wire.Faulty})
		q.Set(m, start.Add(time.Hour))
	}
	if got := q.Longest(wire.Faulty, 2); !slices.Equal(got, numbers[:2]) {
		t.Errorf("faulty for longest are %v, want %v", got, numbers[:2])
	}
	left := numbers[len(numbers)-1]
	for _, m := range numbers[:len(numbers)-1] {
		before, _ := b.Set(m, State{Incarnation: 2, Status: wire.Alive})
		q.Over(before.Status)
		q.Over(wire.Leave) // which has no timers
	}
	if got := len(q.queues[1].list); got > 2*keptTimers {
		t.Errorf("%d timers are kept for one member", got)
	}
	if got := q.Longest(wire.Faulty, 2); !slices.Equal(got, []MemberID{left}) {
		t.Errorf("faulty for longest is %v, want %d", got, left)
	}
	if q.Tidy(); cap(q.queues[1].list) > keptTimers {
		t.Errorf("room for %d timers is kept for one member", cap(q.queues[1].list))
	}
	if due := start.Add(time.Hour); q.Due(due.Add(-1)) || !q.Due(due) {
		t.Error("the timer that is left is due at another time")
	}
}

// Suspects that are not to be hurried any more have the time that they had at first.
func TestUnhastenedSuspectsHaveTheirTimeAgain(t *testing.T) {
	table, numbers := tableOf(2)
	start := time.UnixMilli(0)
	q := NewTimers(table, start)
	b := table.Begin()
	for _, m := range numbers {
		b.Set(m, State{Incarnation: 2, Status: wire.Suspect})
		q.Set(m, start.Add(10))
	}
	q.Hasten(numbers[0], start.Add(4))
	q.Unhasten()
	if at, ok := q.Next(); !ok || !at.Equal(start.Add(10)) {
		t.Errorf("the first is due at %v", at)
	}
	q.Hasten(numbers[1], start.Add(6))
	for _, step := range []struct {
		at  time.Time
		due []MemberID
	}{{start.Add(8), numbers[1:]}, {start.Add(20), numbers[:1]}} {
		var fired []MemberID
		for m := range q.Expired(step.at) {
			fired = append(fired, m)
			b.Set(m, State{Incarnation: 2, Status: wire.Faulty})
			q.Over(wire.Suspect)
		}
		if !slices.Equal(fired, step.due) {
			t.Errorf("%v fired by %v, want %v", fired, step.at, step.due)
		}
	}
}

// A suspect that was hastened is due sooner, and once, also when both of its timers are due;
// one that has refuted meanwhile is not.
func TestHastenedSuspectsAreDueOnce(t *testing.T) {
	table, numbers := tableOf(3)
	start := time.UnixMilli(0)
	q := NewTimers(table, start)
	b := table.Begin()
	for _, m := range numbers {
		b.Set(m, State{Incarnation: 2, Status: wire.Suspect})
		q.Set(m, start.Add(10))
	}
	for _, m := range numbers[:2] {
		q.Hasten(m, start.Add(4))
	}
	if at, _ := q.Next(); !at.Equal(start.Add(4)) {
		t.Errorf("the first is due at %v", at)
	}
	b.Set(numbers[1], State{Incarnation: 3, Status: wire.Alive})
	q.Over(wire.Suspect)
	var fired []MemberID
	for m := range q.Expired(start.Add(20)) {
		fired = append(fired, m)
	}
	if want := []MemberID{numbers[0], numbers[2]}; !slices.Equal(fired, want) {
		t.Errorf("%v fired, want %v", fired, want)
	}
	b.Set(numbers[0], State{Incarnation: 4, Status: wire.Suspect})
	q.Set(numbers[0], start.Add(30))
	for range q.Expired(start.Add(40)) {
		break // a walk may end early
	}
	for m := range q.Expired(start.Add(40)) {
		t.Errorf("%d fires again", m)
	}
	if _, ok := q.Next(); ok {
		t.Error("a timer is left")
	}
}
