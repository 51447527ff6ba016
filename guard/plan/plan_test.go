package plan

import (
	"errors"
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

func TestSidesAreMergedWhenTheNetworkIsBack(t *testing.T) {
	t.Run("by what a ping carries", func(t *testing.T) { mergeSides(t, false) })
	t.Run("by what they are told", func(t *testing.T) { mergeSides(t, true) })
}

func mergeSides(t *testing.T, quiet bool) {
	r := cutInto(halves(6))
	r.quiet = quiet
	g := newGuard(1, nil)
	for range 5 {
		g.look(r, nil)
		r.gossip()
	}
	if n := len(r.verdict().Sides); n != 2 {
		t.Fatalf("%d sides during the cut", n)
	}
	if !errors.Is(g.last, ErrCut) {
		t.Errorf("during the cut an attempt ends with %v", g.last)
	}
	r.mend()
	for range 2 {
		g.look(r, nil)
		r.gossip()
	}
	v := r.verdict()
	if len(v.Sides) != 1 || len(v.Up) != 6 {
		t.Errorf("%d sides, %d up", len(v.Sides), len(v.Up))
	}
	if len(r.harmed) > 0 {
		t.Errorf("harmed: %v", r.harmed)
	}
}

// Without the question whether the sides reach each other, a guard that reaches both
// would merge them during the cut, and the ring would flap.
func TestNothingIsToldAcrossACut(t *testing.T) {
	a, b := halves(6)
	r := cutInto(a, b)
	g := newGuard(2, nil)
	for range 20 {
		g.look(r, nil)
		r.gossip()
	}
	for _, c := range g.calls {
		if c.Kind == Tell && (len(c.Changes) != 1 || c.Changes[0].Address != c.Node || c.Changes[0].Status != wire.Suspect) {
			t.Errorf("told %s: %+v", c.Node, c.Changes)
		}
	}
	if g.count(Ask) == 0 {
		t.Error("no node was asked whether the network is back")
	}
}

func TestNothingIsDoneWhenNothingIsWrong(t *testing.T) {
	r := cutInto(addresses(6))
	g := newGuard(3, func(wire.Address) bool { return true })
	for range 1200 {
		g.look(r, nil)
	}
	if len(g.calls) > 0 {
		t.Errorf("calls: %+v", g.calls)
	}
}

// A dead address is in both lists; one dead node is no split.
func TestOneDeadNodeIsLeftAlone(t *testing.T) {
	all := addresses(6)
	r := cutInto(all)
	g := newGuard(4, nil)
	g.look(r, nil)
	r.dead[all[0]] = true
	for _, node := range all[1:] {
		r.holds(node, wire.Faulty, 10, all[0])
	}
	for range 100 {
		g.look(r, nil)
	}
	if len(g.calls) > 0 {
		t.Errorf("calls: %+v", g.calls)
	}
}

// A guard that sees one side only makes its members reincarnate, once, before the other
// side can be heard.
func TestManyLossesTogetherAreTakenForASplit(t *testing.T) {
	a, b := halves(6)
	r := cutInto(append(a, b...))
	g := newGuard(5, nil)
	g.look(r, nil)
	for _, node := range a {
		r.holds(node, wire.Faulty, 10, b...)
	}
	for _, node := range b {
		r.dead[node] = true
	}
	for range 100 {
		g.look(r, nil)
		r.gossip()
	}
	if len(g.calls) != len(a) {
		t.Errorf("%d calls: %+v", len(g.calls), g.calls)
	}
	for _, node := range a {
		if m := r.views[node][node]; m.Incarnation != 11 || m.Status != wire.Alive {
			t.Errorf("%s: %+v", node, m)
		}
	}
}

// Between a look and a call things change. What was safe before may kill now: here each
// node of one side comes to hold those of the other faulty at any incarnation that they
// have, just before the call.
func TestEachStepIsCheckedAgainstFreshMemberships(t *testing.T) {
	a, b := halves(6)
	r := cutInto(a, b)
	g := newGuard(6, nil)
	for range 3 {
		g.look(r, nil)
		r.gossip()
	}
	r.mend()
	g.look(r, func() {
		for _, x := range a {
			for _, y := range b {
				r.holds(x, wire.Faulty, r.views[y][y].Incarnation, y)
			}
		}
	})
	if !errors.Is(g.last, ErrChanged) {
		t.Errorf("the attempt ends with %v", g.last)
	}
	if len(r.harmed) > 0 {
		t.Errorf("harmed: %v", r.harmed)
	}
}

func TestRingsThatDoNotKnowEachOtherAreLeftAlone(t *testing.T) {
	a, b := halves(6)
	r := cutInto(a, b)
	r.mend()
	for _, node := range a { // who once had a member at an address of the other
		for _, other := range b {
			delete(r.views[node], other)
		}
	}
	g := newGuard(7, nil)
	for range 100 {
		g.look(r, nil)
	}
	if len(g.calls) > 0 {
		t.Errorf("calls: %+v", g.calls)
	}
	if err := g.h.Trouble(&g.h.Pairs()[0]); !errors.Is(err, ErrStrangers) {
		t.Errorf("trouble: %v", err)
	}
	// The operator says that they are one.
	for _, node := range b { // and neither knows the other
		for _, other := range a {
			delete(r.views[node], other)
		}
	}
	g = newGuard(7, func(m wire.Address) bool { return m == a[0] || m == b[0] })
	for range 100 {
		g.look(r, nil)
		r.gossip()
	}
	if v := r.verdict(); len(v.Sides) != 1 || len(v.Up) != 6 {
		t.Errorf("named: %d sides, %d up", len(v.Sides), len(v.Up))
	}
}

// A node that pings strangers is not told of one: across a cut it would soon hold it faulty.
func TestIslandsAreNotToldOfEachOtherAcrossACut(t *testing.T) {
	a, b := halves(6)
	r := cutInto(a, b)
	r.open = true
	for _, node := range a {
		for _, other := range b {
			delete(r.views[node], other)
			delete(r.views[other], node)
		}
	}
	g := newGuard(19, func(wire.Address) bool { return true })
	for range 100 {
		g.look(r, nil)
	}
	for _, c := range g.calls {
		if len(c.Changes) > 0 {
			t.Errorf("during the cut: %+v", c)
		}
	}
	if g.count(Ask) == 0 {
		t.Error("no node was asked whether the network is back")
	}
	r.mend()
	for range 3 {
		g.look(r, nil)
		r.gossip()
	}
	if v := r.verdict(); len(v.Sides) != 1 || len(v.Up) != 6 {
		t.Errorf("%d sides, %d up", len(v.Sides), len(v.Up))
	}
}

func TestRingsOfTwoAppsAreLeftAlone(t *testing.T) {
	a, b := halves(6)
	r := cutInto(a, b)
	r.mend()
	for _, node := range b {
		r.apps[node] = "other"
	}
	g := newGuard(8, nil)
	for range 100 {
		g.look(r, nil)
		r.gossip()
	}
	if n := g.count(Ask); n > 0 {
		t.Errorf("%d questions", n)
	}
	for _, c := range g.calls {
		if c.Kind == Tell && c.Changes[0].Address != c.Node {
			t.Errorf("told %+v", c)
		}
	}
}
