package heal

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// What one side has not been told, and what would come late by gossip alone, is told along
// with the reincarnation of others.
func TestUntoldReincarnateWithTheOthers(t *testing.T) {
	for name, c := range map[string]struct {
		ours, theirs []wire.Change
		spread       []wire.Change    // ours that this node still spreads
		plan         string           // without the addresses' host
		told         [2][]wire.Change // to ours, to theirs
	}{
		"none must": {
			ours:   []wire.Change{change(2, wire.Faulty, 0)},
			theirs: []wire.Change{change(2, wire.Alive, 1), change(3, wire.Leave, 1)},
			plan:   "merge",
		},
		"started again, and new": {
			ours:   []wire.Change{change(2, wire.Faulty, 0), change(3, wire.Faulty, 0), change(4, wire.Faulty, 0), change(5, wire.Alive, 3)},
			theirs: []wire.Change{change(1, wire.Faulty, 0), change(2, wire.Alive, 0), change(3, wire.Alive, 0), change(4, wire.Alive, 2), change(6, wire.Alive, 1)},
			plan: `reincarnate ours 1: alive@00 there, held faulty@00
reincarnate ours 5: alive@03 there, held tombstone@0
reincarnate theirs 2: alive@00 there, held faulty@00
reincarnate theirs 3: alive@00 there, held faulty@00
reincarnate theirs 4: alive@02 there, held faulty@00
reincarnate theirs 6: alive@01 there, held tombstone@0`,
		},
		"more than must": {
			ours:   []wire.Change{change(2, wire.Faulty, 0), change(3, wire.Faulty, 0), change(4, wire.Faulty, 0)},
			theirs: []wire.Change{change(2, wire.Alive, 0), change(3, wire.Alive, 2), change(4, wire.Alive, 2)},
			plan:   `reincarnate theirs 2: alive@00 there, held faulty@00`,
		},
		"in the middle of another visit": {
			ours:   []wire.Change{change(2, wire.Faulty, 0), change(3, wire.Faulty, 0)},
			spread: []wire.Change{change(5, wire.Alive, 3)},
			theirs: []wire.Change{change(1, wire.Faulty, 0), change(2, wire.Alive, 0), change(3, wire.Alive, 2), change(5, wire.Faulty, 0)},
			plan: `reincarnate ours 1: alive@00 there, held faulty@00
reincarnate theirs 2: alive@00 there, held faulty@00`,
		},
		"after another visit": {
			ours:   []wire.Change{change(2, wire.Faulty, 0), change(3, wire.Faulty, 0), change(4, wire.Alive, 1), change(5, wire.Alive, 1), change(6, wire.Alive, 1)},
			theirs: []wire.Change{change(1, wire.Faulty, 0), change(2, wire.Alive, 0), change(3, wire.Alive, 2), change(4, wire.Alive, 1), change(5, wire.Alive, 1), change(6, wire.Alive, 1)},
			plan: `reincarnate ours 1: alive@00 there, held faulty@00
reincarnate theirs 2: alive@00 there, held faulty@00`,
		},
		"have left": {
			ours:   []wire.Change{change(2, wire.Faulty, 0), change(3, wire.Faulty, 0), change(4, wire.Leave, 2), change(5, wire.Leave, 0), change(6, wire.Leave, 2)},
			theirs: []wire.Change{change(1, wire.Alive, 0), change(2, wire.Alive, 0), change(3, wire.Leave, 2), change(4, wire.Faulty, 0), change(5, wire.Tombstone, 0), change(6, wire.Leave, 2)},
			plan:   `reincarnate theirs 2: alive@00 there, held faulty@00`,
			told:   [2][]wire.Change{{change(3, wire.Leave, 2)}, {change(4, wire.Leave, 2)}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newSide(t, addr(1), c.ours...)
			a.spreadAll(t)
			a.Update(c.spread)
			plan := a.healer.withUntold(Compare(a.Member, c.theirs), c.theirs)
			if got := shortened(plan.String()); got != c.plan {
				t.Errorf("%s\nwant\n%s", got, c.plan)
			}
			for i, told := range [][]wire.Change{plan.TellOurs, plan.TellTheirs} {
				if !slices.EqualFunc(told, c.told[i], func(x, y wire.Change) bool {
					return x.Address == y.Address && x.Status == y.Status && x.Incarnation == y.Incarnation
				}) {
					t.Errorf("told %v, want %v", told, c.told[i])
				}
			}
			for _, r := range append(plan.Ours, plan.Theirs...) {
				at := max(r.Lives.Incarnation, r.Killer.Incarnation)
				if r.Suspect.Status != wire.Suspect || r.Suspect.Incarnation != at || r.Suspect.Source != "" {
					t.Errorf("%+v is no reason to refute at %d", r.Suspect, at)
				}
			}
		})
	}
}

// shortened leaves out of a plan what all addresses and incarnations have in common.
func shortened(plan string) string {
	return strings.NewReplacer("17000000000", "", "127.0.0.1:", "").Replace(plan)
}

// A healer that follows Ringpop's rules asks no more members to reincarnate than must.
func TestRingpopModeTellsNothingElse(t *testing.T) {
	a := newSide(t, addr(1), change(2, wire.Faulty, 0), change(3, wire.Faulty, 0))
	a.spreadAll(t)
	a.healer.cfg.Ringpop = true
	theirs := []wire.Change{change(1, wire.Alive, 0), change(2, wire.Alive, 0), change(3, wire.Alive, 2)}
	if plan := a.healer.withUntold(Compare(a.Member, theirs), theirs); len(plan.Theirs) != 1 {
		t.Errorf("%v", plan)
	}
}

// A visit tells the other side, and its own, who has left before they merge.
func TestVisitTellsWhoHasLeft(t *testing.T) {
	a := newSide(t, addr(1), change(2, wire.Faulty, 0), change(3, wire.Leave, 2), change(4, wire.Faulty, 0))
	b := newSide(t, addr(2), change(1, wire.Faulty, 0), change(3, wire.Faulty, 0), change(4, wire.Leave, 2))
	a.spreadAll(t)
	a.healer.Heal(7)
	a.take()
	a.healer.Hosts([]wire.Address{addr(2)})
	for range 4 { // the members that do not answer, a join, suspects
		a.deliver(b)
	}
	if m, _ := a.Member(addr(2)); m.Status != wire.Faulty {
		t.Fatalf("merged: %+v", m)
	}
	for s, left := range map[*side]wire.Address{a: addr(4), b: addr(3)} {
		if m, _ := s.Member(left); m.Status != wire.Leave {
			t.Errorf("%s holds %+v, which has left", s.Address(), m)
		}
	}
}

// Only the first visit asks more members to reincarnate than must: at the next ones those that
// have are being told of.
func TestFollowUpAsksNoMoreThanMust(t *testing.T) {
	for name, last := range map[string]*followUp{"first": nil, "next": {target: addr(2), left: 1}} {
		a := newSide(t, addr(1), change(2, wire.Faulty, 0), change(3, wire.Faulty, 0))
		b := newSide(t, addr(2), change(1, wire.Faulty, 0), change(3, wire.Alive, 2))
		a.spreadAll(t)
		a.healer.attempt(addr(2), time.Second, last, func(bool, map[wire.Address]bool) {})
		var asked []wire.Address
		for _, call := range a.take().Calls {
			b.Request(0, call.Request)
			answer := b.take().Answers[0]
			a.calls.Finish(call.ID, answer.Response, answer.Err)
		}
		for _, e := range a.take().Events {
			if e, ok := e.(Reached); ok {
				for _, s := range suspects(e.Plan.Theirs) {
					asked = append(asked, s.Address)
				}
			}
		}
		want := []wire.Address{addr(2), addr(3)}
		if last != nil {
			want = want[:1]
		}
		slices.Sort(asked)
		if !slices.Equal(asked, want) {
			t.Errorf("%s: %v asked to reincarnate, want %v", name, asked, want)
		}
	}
}
