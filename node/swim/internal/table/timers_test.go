package table

import (
	"fmt"
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
				row.mark(isMember, false) // and somebody else gets its number
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
