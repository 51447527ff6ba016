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
			pending.Put(c.Member, table.Origin(a, int64(life), 1), 0) // replaced by the next
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

func TestMembersAreFoundByAddressAndNumber(t *testing.T) {
	table, numbers := tableOf(3)
	b := table.Begin()
	before := table.Version()
	b.Set(numbers[1], State{Incarnation: 9, Status: wire.Leave, Labels: map[string]string{"k": "v"}})
	if table.Version() == before {
		t.Error("a change did not raise the version")
	}
	m := numbers[1]
	a := table.Address(m)
	for _, near := range numbers {
		if got, ok := table.FindNear(near, a); got != m || !ok {
			t.Errorf("%s is %d, %v near %d", a, got, ok, near)
		}
	}
	if table.Status(m) != wire.Leave || table.Incarnation(m) != 9 || table.Labels(m)["k"] != "v" || table.Labels(numbers[0]) != nil {
		t.Errorf("%+v", table.Member(m))
	}
	if b.Set(m, State{Incarnation: 9, Status: wire.Leave}); table.Labels(m) != nil || len(table.labels) != 0 {
		t.Errorf("labels are left: %v", table.labels)
	}
	if table.SetProbed(m, true); !table.IsProbed(m) || table.IsProbed(numbers[0]) {
		t.Error("the wrong member is probed")
	}
	if table.SetProbed(m, false); table.IsProbed(m) {
		t.Error("the probe does not end")
	}
	b.Remove(m)
	if _, ok := table.Find(a); ok {
		t.Error("a member that was removed is found")
	}
	if _, ok := table.FindNear(m, a); ok {
		t.Error("a member that was removed is found near its number")
	}
	if got, ok := table.Number(a); got != m || !ok {
		t.Error("the address has no number before the next sweep")
	}
}

// The rule for changes from outside and that of the table are the same.
func TestOverridesIsTheSameEverywhere(t *testing.T) {
	states := []State{
		{1, wire.Alive, nil}, {1, wire.Alive, map[string]string{"k": "a"}}, {1, wire.Alive, map[string]string{"k": "b"}},
		{1, wire.Suspect, nil}, {1, wire.Tombstone, nil}, {2, wire.Alive, nil},
	}
	for _, flavour := range []wire.Flavour{wire.FlavourGo, wire.FlavourNode, wire.FlavourSum} {
		for _, was := range states {
			for _, is := range states {
				table, _ := New(flavour, nil, "self:1")
				b := table.NewSet()
				m := table.addresses.intern("a:1")
				b.Add(m, is, table.Origin("", 0, 0))
				table.add(m, was)
				c, member := b.At(0), table.Member(m)
				if got, want := table.Overrides(&b, &b.All()[0]), Overrides(flavour, &c, &member); got != want {
					t.Errorf("%v: %v overrides %v: %v in the table, %v outside", flavour, is, was, got, want)
				}
				if got := table.Overrides(&b, &b.All()[0]); got && flavour == wire.FlavourNode && table.Repeats(&b.All()[0]) {
					t.Errorf("%v overrides %v in a flavour without labels", is, was)
				}
				if got, want := table.Repeats(&b.All()[0]), is.Incarnation == was.Incarnation && is.Status == was.Status; got != want {
					t.Errorf("%v repeats %v: %v", is, was, got)
				}
			}
		}
	}
}
