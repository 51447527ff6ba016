package plan

import (
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

func TestTheBudgetEnds(t *testing.T) {
	h := NewHealer(rng(9), nil)
	now := time.Unix(1_000_000, 0)
	spent := 0
	for h.spend(now, 1) {
		spent++
	}
	if spent != budgetFloor || !h.Short() {
		t.Errorf("%d calls, short: %t", spent, h.Short())
	}
	if !h.spend(now.Add(time.Minute), 1) || h.Short() {
		t.Error("no calls a minute later")
	}
}

// Sides that must not be merged yet are not a reason to wake up at once, again and again.
func TestTheNextAttemptIsInTheFuture(t *testing.T) {
	a, b := halves(6)
	r := cutInto(a, b)
	for _, x := range a {
		for _, y := range b {
			delete(r.views[x], y)
			delete(r.views[y], x)
		}
	}
	named := newGuard(16, func(wire.Address) bool { return true })
	named.look(r, nil)
	if at, ok := named.h.NextAttempt(); !ok || at.Before(named.now.Add(joining)) {
		t.Errorf("sides that may be joining: %v at %v, %t", at, named.now, ok)
	}

	poor := newGuard(17, nil)
	r = cutInto(a, b)
	for range 3 {
		poor.look(r, nil)
		r.gossip()
	}
	for poor.h.spend(poor.now, 1) {
	}
	poor.now = poor.now.Add(10 * time.Second)
	poor.h.Attempts(poor.now)
	if at, ok := poor.h.NextAttempt(); !ok || !at.After(poor.now) || !poor.h.Short() {
		t.Errorf("without a budget: %v at %v, %t", at, poor.now, ok)
	}
}
