package table

import (
	"fmt"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// Members that are forgotten leave nothing behind, and those who get their numbers are
// not taken for them.
func TestNumbersAreGivenOutAgain(t *testing.T) {
	const members, lives = 60, 20
	table, me := New(wire.FlavourGo, nil, "self:1")
	pending, timers := NewPending(table), NewTimers(table, time.UnixMilli(0))
	first := table.Begin()
	first.Add(me, State{Incarnation: 1})
	for life := range lives {
		b := table.Begin()
		var numbers []MemberID
		for i := range members {
			a := wire.Address(fmt.Sprintf("10.0.0.%d:%d", i, life)) // another port in each life
			set := table.SetOf([]wire.Change{{Address: a, Status: wire.Faulty, Incarnation: 2, Source: a, SourceIncarnation: int64(life)}})
			c := &set.All()[0]
			b.Add(c.Member, set.State(c))
			pending.Put(c.Member, c.Origin, 0)
			timers.Set(c.Member, time.UnixMilli(0).Add(time.Duration(life+1)*time.Hour))
			numbers = append(numbers, c.Member)
		}
		for _, m := range numbers {
			pending.Remove(m)
			b.Remove(m)
		}
		timers.Tidy()
		table.Sweep()
		if table.Len() != 1 || pending.Len() != 0 || len(b.Changes()) != 2*members {
			t.Fatalf("%d members and %d changes are left, %d were made", table.Len(), pending.Len(), b.Len())
		}
	}
	for m := range timers.Expired(time.UnixMilli(0).Add((lives + 1) * time.Hour)) {
		t.Errorf("a timer of %d is left", m)
	}
	a := table.addresses
	if len(a.members.numbers) != 1 || len(a.members.keys) > 3*members {
		t.Errorf("%d addresses are left, and there are %d numbers", len(a.members.numbers), len(a.members.keys))
	}
	if len(a.origins.numbers) != 0 {
		t.Errorf("%d origins are left", len(a.origins.numbers))
	}
	if len(a.order) != 1 || a.order[0] != me {
		t.Errorf("%v are in order", a.order)
	}
}
