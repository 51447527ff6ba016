package heal

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// heal makes an attempt over what discovery lists, and returns whom it has reached,
// whom it has called and what it tells. Calls to any address of to are answered by it.
func (s *side) heal(to *side, hosts ...wire.Address) (reached, called []wire.Address, told []swim.Event) {
	s.healer.Heal(7)
	s.Node.Hosts(hosts, nil)
	s.healer.Hosts(hosts)
	for {
		out := s.take()
		told = append(told, out.Events...)
		for _, answer := range out.Answers {
			reached = answer.Response.(*wire.HealResponse).Targets
		}
		if len(out.Calls) == 0 {
			return reached, called, told
		}
		for _, call := range out.Calls {
			called = append(called, call.Target)
			if call.Target != to.Address() && call.Target != to.Address()+"000" {
				s.calls.Finish(call.ID, nil, errors.New("no answer"))
				continue
			}
			to.Request(0, call.Request)
			answer := to.take().Answers[0]
			s.calls.Finish(call.ID, answer.Response, answer.Err)
		}
	}
}

func told[E swim.Event](events []swim.Event) (found []E) {
	for _, e := range events {
		if e, ok := e.(E); ok {
			found = append(found, e)
		}
	}
	return found
}

// A member of this side that discovery lists by another address is asked who it is,
// once, and not missed.
func TestAMemberByAnotherAddressIsNotMissing(t *testing.T) {
	for _, status := range []wire.Status{wire.Alive, wire.Suspect, wire.Leave} {
		a := newSide(t, addr(1), change(2, status, 0))
		_, called, events := a.heal(newSide(t, addr(2)), addr(2000))
		if called[0] != addr(2000) || len(told[Recognized](events)) != 1 {
			t.Errorf("%v: calls of %v, %v", status, called, events)
		}
	}
	a := newSide(t, addr(1), change(2, wire.Alive, 0))
	b := newSide(t, addr(2), change(1, wire.Alive, 0))
	list := []wire.Address{addr(1), addr(2000)}
	reached, called, events := a.heal(b, list...)
	if len(reached) > 0 || !slices.Equal(called, list[1:]) {
		t.Errorf("reached %v with calls of %v", reached, called)
	}
	if diff := cmp.Diff([]Recognized{{Host: addr(2000), Member: addr(2)}}, told[Recognized](events)); diff != "" {
		t.Error(diff)
	}
	if len(told[Reached](events)) > 0 {
		t.Error("it is taken for another side")
	}
	if reached, called, events = a.heal(b, list...); len(reached)+len(called)+len(events) > 0 {
		t.Errorf("another time: reached %v, calls of %v, %v", reached, called, events)
	}
	// It is remembered as long as discovery does not say otherwise.
	a.Node.Hosts(nil, errors.New("discovery is down"))
	a.Node.Hosts(nil, swim.HostErrors{{Host: "name.test:3000", Err: errors.New("does not resolve")}})
	if reached, called, events = a.heal(b, list...); len(reached)+len(called)+len(events) > 0 {
		t.Errorf("after a failure of discovery: reached %v, calls of %v, %v", reached, called, events)
	}
	// When discovery lists it no more, that is forgotten.
	a.heal(b, addr(1))
	if _, called, _ = a.heal(b, list...); !slices.Equal(called, list[1:]) {
		t.Errorf("listed again: calls of %v", called)
	}
	// The address is given to another node.
	c := newSide(t, addr(2000))
	a.Update([]wire.Change{change(2000, wire.Alive, 0)})
	if known := a.KnownAs(addr(2000)); known != addr(2000) {
		t.Errorf("a member is taken for %s", known)
	}
	a.Update([]wire.Change{change(2000, wire.Faulty, 0)})
	if a.heal(c, addr(2000)); a.KnownAs(addr(2000)) != addr(2000) {
		t.Error("it says who it is, and is taken for another one")
	}
}

// To find out who is behind many addresses costs little, one visit in a turn and some on
// demand, and does not keep a healer from those that are missing.
func TestManyMembersByOtherAddressesCostLittle(t *testing.T) {
	members := []wire.Change{change(99, wire.Faulty, 0)}
	var list []wire.Address
	for i := range 50 {
		members = append(members, change(100+i, wire.Alive, 0))
		list = append(list, addr(100+i)+"00")
	}
	visits := func(onDemand bool, seed uint64) (strays, dead int) {
		a := newSide(t, addr(1), members...)
		a.healer.rng = rand.New(rand.NewPCG(seed, 0))
		if onDemand {
			a.healer.Heal(7)
		} else {
			a.healer.askHosts()
		}
		a.Node.Hosts(list, nil)
		a.healer.Hosts(list)
		for {
			out := a.take()
			if len(out.Calls) == 0 {
				return strays, dead
			}
			call := out.Calls[0]
			if call.Target == addr(99) {
				dead++
				a.calls.Finish(call.ID, nil, errors.New("no answer"))
				continue
			}
			strays++
			known := call.Target[:len(call.Target)-2]
			a.calls.Finish(call.ID, &wire.JoinResponse{App: "test", Coordinator: known, Membership: wire.Changes(members...)}, nil)
		}
	}
	for seed := range uint64(10) {
		if strays, dead := visits(false, seed); strays > 1 || dead != 1 {
			t.Errorf("in a turn %d visits to find out who is there, and %d to the missing", strays, dead)
		}
		if strays, dead := visits(true, seed); strays != DefaultConfig().MaxFailures || dead != 1 {
			t.Errorf("on demand %d visits to find out who is there, and %d to the missing", strays, dead)
		}
	}
}

// Another side is found by the address that discovery lists; all that follows is said to
// the one that its node is known by.
func TestAnotherSideByAnotherAddress(t *testing.T) {
	a := newSide(t, addr(1), change(3, wire.Faulty, 0))
	b := newSide(t, addr(2), change(1, wire.Faulty, 0), change(3, wire.Alive, 0))
	reached, called, events := a.heal(b, addr(2000), addr(1))
	if !slices.Equal(reached, []wire.Address{addr(2)}) {
		t.Errorf("reached %v", reached)
	}
	// 3 is a target as well, unless it is on the side that was reached before.
	called = slices.DeleteFunc(called, func(c wire.Address) bool { return c == addr(3) })
	if want := []wire.Address{addr(2000), addr(2)}; !slices.Equal(called, want) {
		t.Errorf("calls of %v, want a join of the first and a ping of the second of %v", called, want)
	}
	if reached := told[Reached](events); len(reached) != 1 || reached[0].Target != addr(2) || !a.healer.hasFollowUp(addr(2)) {
		t.Errorf("%+v; comes back to it: %v", reached, a.healer.hasFollowUp(addr(2)))
	}
}

// A member that is gone may have left its address to another node: both addresses are
// tried, but not the second if the first has led to that side.
func TestBothAddressesOfTheDeadAreTried(t *testing.T) {
	for seed := range uint64(10) {
		a := newSide(t, addr(1), change(2, wire.Alive, 0))
		a.healer.rng = rand.New(rand.NewPCG(seed, 0))
		b := newSide(t, addr(2))
		a.heal(b, addr(2000)) // it is recognized
		a.Update([]wire.Change{change(2, wire.Faulty, 0)})
		a.take()
		nowhere := newSide(t, addr(9))
		if _, called, _ := a.heal(nowhere, addr(2000)); len(called) != 2 {
			t.Errorf("calls of %v, want both addresses", called)
		}
		reached, called, _ := a.heal(b, addr(2000))
		if !slices.Equal(reached, []wire.Address{addr(2)}) || len(called) != 2 || called[1] != addr(2) {
			t.Errorf("reached %v with calls of %v, want a join and a ping", reached, called)
		}
	}
}

// What leads to the node itself is another side's only if the node is alone, and that
// address is one of many.
func TestTheNodeItselfByAnotherAddress(t *testing.T) {
	a := newSide(t, addr(1), change(2, wire.Alive, 0))
	list := []wire.Address{addr(2), addr(1000)}
	_, called, events := a.heal(a, list...)
	failed := told[Failed](events)
	if !slices.Equal(called, list[1:]) || len(failed) != 1 || !errors.Is(failed[0].Err, swim.ErrItself) {
		t.Errorf("calls of %v, %v", called, events)
	}
	if _, called, _ = a.heal(a, list...); len(called) > 0 {
		t.Errorf("another time: calls of %v", called)
	}
	alone := newSide(t, addr(1))
	for range 2 {
		if _, called, _ = alone.heal(alone, addr(1000)); !slices.Equal(called, list[1:]) {
			t.Errorf("alone: calls of %v", called)
		}
	}
}

// Who was forgotten while discovery lists it by another address is still missing.
func TestTheForgottenByAnotherAddressAreMissing(t *testing.T) {
	a := newSide(t, addr(1), change(2, wire.Alive, 0), change(3, wire.Alive, 0))
	b := newSide(t, addr(2))
	a.heal(b, addr(2000)) // it is recognized
	a.Update([]wire.Change{change(2, wire.Faulty, 0), change(3, wire.Faulty, 0)})
	a.healer.Observe(a.take().Events)
	a.Reap()
	a.Node.Advance(start.Add(2 * time.Minute)) // they are forgotten
	a.take()
	nowhere := newSide(t, addr(9))
	whole := func(hosts ...wire.Address) bool {
		a.heal(nowhere, hosts...)
		a.healer.Advance(a.healer.next)
		return len(told[PartitionHealed](a.take().Events)) > 0
	}
	if whole(addr(2000)) {
		t.Error("it is called whole while discovery lists one of the missing")
	}
	if !whole() {
		t.Error("it is not called whole")
	}
}
