package heal

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/wire"
)

// Whatever two sides believe of each other, a visit never makes a pingable
// member unpingable on either side, and repeated visits end in a merge.
func TestVisitsNeverHarm(t *testing.T) {
	const ports = 6 // 1 is the healer, 2 the target
	drawBelief := func(t *rapid.T, port int) (wire.Change, bool) {
		status := wire.Status(rapid.IntRange(0, int(wire.Tombstone)).Draw(t, "status"))
		known := rapid.IntRange(0, 4).Draw(t, "known") > 0
		return change(port, status, rapid.Int64Range(0, 3).Draw(t, "incarnation")), known
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := newSide(t, addr(1)), newSide(t, addr(2))
		for _, s := range []*side{a, b} {
			for port := 1; port <= ports; port++ {
				c, known := drawBelief(t, port)
				if !known || c.Address == s.Address() {
					continue
				}
				if c.Status == wire.Tombstone { // is stored of known members only
					s.Update([]wire.Change{change(port, wire.Faulty, -1)})
				}
				s.Update([]wire.Change{c})
			}
			s.take()
		}
		for visit := 1; ; visit++ {
			if visit > 4 {
				t.Fatalf("no merge after %d visits:\n%v\n%v", visit, a.Members(), b.Members())
			}
			before := []map[wire.Address]bool{pingables(a), pingables(b)}
			merged := visitOnce(a, b)
			for i, s := range []*side{a, b} {
				for address := range before[i] {
					if !pingables(s)[address] {
						t.Fatalf("%s is not pingable for %s any more", address, s.Address())
					}
				}
			}
			if merged {
				break
			}
			rebirths(a, b)
		}
		for address := range pingables(a) {
			if !pingables(b)[address] {
				t.Fatalf("after the merge %s is pingable for one side only", address)
			}
		}
	})
}

// What the other side does not know and we hold dead is kept to ourselves: it may
// learn that the member lives while our message travels.
func TestMergeDoesNotTellOfTheUnknownDead(t *testing.T) {
	a := newSide(t, addr(1), change(3, wire.Faulty, 5), change(4, wire.Alive, 0), change(5, wire.Faulty, 5))
	b := newSide(t, addr(2), change(5, wire.Faulty, 4))
	a.healer.attempt(b.Address(), a.healer.cfg.JoinTimeout, nil, func(bool, map[wire.Address]bool) {})
	a.deliver(b) // join
	ping := a.out.Calls[0].Request.(*wire.Ping)
	b.Update([]wire.Change{change(3, wire.Alive, 5)}) // while it travels
	b.take()
	a.deliver(b)
	if m, _ := b.Member(addr(3)); m.Status != wire.Alive {
		t.Errorf("killed: %+v", m)
	}
	var told []wire.Address
	for _, c := range ping.Changes.All() {
		told = append(told, c.Address)
	}
	slices.Sort(told)
	if diff := cmp.Diff([]wire.Address{addr(1), addr(2), addr(4), addr(5)}, told); diff != "" {
		t.Error(diff)
	}
}

func pingables(s *side) map[wire.Address]bool {
	set := make(map[wire.Address]bool)
	for _, m := range s.Members() {
		if m.Status.Pingable() {
			set[m.Address] = true
		}
	}
	return set
}

func visitOnce(a, b *side) (merged bool) {
	a.healer.attempt(b.Address(), a.healer.cfg.JoinTimeout, nil, func(bool, map[wire.Address]bool) {})
	for a.calls.Pending() > 0 {
		for _, e := range a.out.Events {
			_, ok := e.(Merged)
			merged = merged || ok
		}
		a.deliver(b)
	}
	for _, e := range a.take().Events {
		_, ok := e.(Merged)
		merged = merged || ok
	}
	return merged
}

// rebirths lets every member that its side holds suspect refute there.
func rebirths(sides ...*side) {
	for _, s := range sides {
		for _, m := range s.Members() {
			if m.Status == wire.Suspect {
				s.Update([]wire.Change{{Address: m.Address, Status: wire.Alive, Incarnation: m.Incarnation + 1}})
			}
		}
		s.take()
	}
}
