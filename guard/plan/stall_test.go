package plan

import (
	"errors"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// lost makes a ring whose guard has seen all of it, and then one side only: the other
// nodes do not answer it, and are held faulty.
func lost(t *testing.T) (r *toyRing, g *guard, a, b []wire.Address) {
	t.Helper()
	a, b = halves(6)
	r = cutInto(append(a, b...))
	g = newGuard(12, nil)
	g.look(r, nil)
	r.cut = func(x, y wire.Address) bool { return (x < b[0]) != (y < b[0]) }
	for _, node := range a {
		r.holds(node, wire.Faulty, 10, b...)
	}
	for _, node := range b {
		r.holds(node, wire.Faulty, 10, a...)
		r.dead[node] = true // to the guard
	}
	if g.h.Scattered() {
		t.Error("scattered before")
	}
	for range 10 {
		g.look(r, nil)
		r.gossip()
	}
	return r, g, a, b
}

// When a lost side is there again, what TCP has kept may reach it before the guard has
// looked at it.
func TestTheLostAreRescuedAsSoonAsOneIsBack(t *testing.T) {
	r, g, a, b := lost(t)
	if !g.h.Scattered() {
		t.Fatal("not scattered")
	}
	clear(r.dead)
	rescue := g.h.Rescue(g.now)
	if rescue == nil || len(rescue.Calls()) != len(b) {
		t.Fatalf("%+v", rescue)
	}
	for _, c := range rescue.Calls() {
		if len(c.Changes) != 1 || c.Kind != Tell || c.Changes[0].Address != c.Node || c.Changes[0].Incarnation != 10 || c.Changes[0].Status != wire.Suspect {
			t.Errorf("told %+v", c)
		}
	}
	g.carryOut(r, rescue, nil)
	if len(rescue.Told()) != len(b) {
		t.Errorf("told %v", rescue.Told())
	}
	if again := g.h.Rescue(g.now.Add(100 * time.Millisecond)); again != nil {
		t.Errorf("told again at once: %+v", again)
	}
	r.mend()
	r.exchange(a[0], b[0]) // late pings
	r.gossip()
	if len(r.harmed) > 0 {
		t.Errorf("harmed: %v", r.harmed)
	}
	g.look(r, nil)
	if g.h.Scattered() {
		t.Error("still scattered")
	}
}

// Those that are dead are told in vain, and no node is told that they are alive.
func TestARescueNamesOnlyThoseThatAnswer(t *testing.T) {
	r, g, _, b := lost(t)
	clear(r.dead)
	r.dead[b[0]] = true
	g.calls = nil
	rescue := g.h.Rescue(g.now)
	g.carryOut(r, rescue, nil)
	for _, c := range g.calls {
		for _, change := range c.Changes {
			if change.Status == wire.Alive && (change.Address == b[0] || change.Address == c.Node) {
				t.Errorf("told %+v", c)
			}
		}
	}
	if len(g.calls) != 3+2 || len(rescue.Told()) != 2 {
		t.Errorf("told %v by %+v", rescue.Told(), g.calls)
	}
}

// Members turn faulty one after the other. One that does so late is of the other side, too.
// A member that has refuted before it was told does not say so.
func TestARescueLooksAtThoseThatDoNotSayWhatTheyAre(t *testing.T) {
	r, g, _, b := lost(t)
	clear(r.dead)
	early := b[1]
	r.holds(early, wire.Alive, 15, early)
	r.holds(b[0], wire.Faulty, 10, early) // as a late ping has told it
	r.mute = map[wire.Address]bool{early: true}
	g.carryOut(r, g.h.Rescue(g.now), nil)
	for _, node := range b {
		if m := r.views[node][early]; m.Status != wire.Alive || m.Incarnation != 15 {
			t.Errorf("%s holds it %v at %d", node, m.Status, m.Incarnation)
		}
	}
}

func TestLateLossesAreRescuedToo(t *testing.T) {
	a, b := halves(6)
	r := cutInto(append(a, b...))
	g := newGuard(15, nil)
	g.look(r, nil)
	for i, node := range b {
		for range 10 * i { // 5 s apart
			g.look(r, nil)
		}
		for _, x := range a {
			r.holds(x, wire.Faulty, 10, node)
		}
		r.dead[node] = true
	}
	g.look(r, nil)
	if rescue := g.h.Rescue(g.now); rescue == nil || len(rescue.Calls()) != len(b) {
		t.Errorf("%+v", rescue)
	}
}

// A node that left is not brought back.
func TestThoseThatLeftAreNotRescued(t *testing.T) {
	a, b := halves(6)
	r := cutInto(append(a, b...))
	g := newGuard(12, nil)
	g.look(r, nil)
	for _, node := range a {
		r.holds(node, wire.Faulty, 10, b[1:]...)
		r.holds(node, wire.Leave, 10, b[0])
	}
	for _, node := range b {
		r.dead[node] = true
	}
	g.look(r, nil)
	rescue := g.h.Rescue(g.now)
	if rescue == nil || len(rescue.Calls()) != 2 {
		t.Fatalf("%+v", rescue)
	}
	for _, c := range rescue.Calls() {
		if c.Node == b[0] {
			t.Errorf("told %+v", c)
		}
	}
}

// Whether connections have stalled is found out by trying both old and new ones.
func TestStalledConnectionsAreReplaced(t *testing.T) {
	for _, swallowed := range []bool{false, true} {
		r := cutInto(halves(6))
		r.swallows = swallowed
		g := newGuard(13, nil)
		for range 6 {
			g.look(r, nil)
			r.gossip()
		}
		asked := g.count(Ask)
		r.mend()
		r.swallows, r.stalled = false, swallowed
		for i := 0; len(r.verdict().Sides) > 1; i++ {
			g.look(r, nil)
			r.gossip()
			if i > 3 {
				t.Fatalf("swallowed %t: not merged: %v", swallowed, g.last)
			}
		}
		fresh := 0
		for _, c := range g.calls {
			if c.Kind == Ask && c.Fresh {
				fresh++
			}
		}
		if !errors.Is(g.last, nil) || asked == 0 || (fresh > 0) != swallowed || len(g.reconnected) > 0 != swallowed {
			t.Errorf("swallowed %t: %d asked, %d over new connections, %d connected anew: %v", swallowed, asked, fresh, len(g.reconnected), g.last)
		}
		if n := len(g.reconnected); swallowed && n != 9 {
			t.Errorf("%d of 9 pairs are connected anew", n)
		}
		if len(r.harmed) > 0 {
			t.Errorf("harmed: %v", r.harmed)
		}
	}
}

// Sides may become one before the guard has merged them. Their connections have stalled all
// the same.
func TestSidesThatBecomeOneByThemselvesAreConnectedAnew(t *testing.T) {
	for _, swallowed := range []bool{false, true} {
		r, g, a, b := lost(t)
		clear(r.dead)
		g.h.Swallowed(swallowed)
		g.carryOut(r, g.h.Rescue(g.now), nil)
		r.mend()
		r.exchange(a[0], b[0])
		r.gossip()
		g.look(r, nil)
		if n := len(g.reconnected); (n == 9) != swallowed || len(r.harmed) > 0 {
			t.Errorf("swallowed %t: %d pairs are connected anew, harmed %v", swallowed, n, r.harmed)
		}
		g.look(r, nil)
		if n := len(g.reconnected); n > 9 {
			t.Errorf("connected anew again: %d", n)
		}
	}
}

// A late ping has told one node of each side of the other, and gossip passes it on no more. The
// others are told by the guard.
func TestSidesThatBecomeOneByThemselvesAreToldOfEachOther(t *testing.T) {
	r, g, a, b := lost(t)
	clear(r.dead)
	r.quiet = true
	g.carryOut(r, g.h.Rescue(g.now), nil)
	r.mend()
	for _, node := range a { // what was true before they reincarnated
		r.take(b[0], wire.Member{Address: node, Status: wire.Alive, Incarnation: 11})
		r.holds(node, wire.Alive, 12, a...)
		for _, other := range b {
			r.take(node, r.views[other][other])
		}
	}
	g.look(r, nil)
	if n := len(r.verdict().Sides); n != 1 {
		t.Fatalf("%d sides", n)
	}
	for range 2 {
		g.look(r, nil)
	}
	for _, node := range b {
		for _, other := range a {
			if m := r.views[node][other]; m.Status != wire.Alive || m.Incarnation != 12 {
				t.Errorf("%s holds %s %v at %d", node, other, m.Status, m.Incarnation)
			}
		}
	}
	if asks := g.count(Ask); asks != 1 {
		t.Errorf("asked %d times", asks)
	}
	if len(r.harmed) > 0 {
		t.Errorf("harmed: %v", r.harmed)
	}
}

// However many sides there are, each pair of nodes of two of them is one that may be drawn, once.
func TestAllPairsOfAllSidesMayBeConnectedAnew(t *testing.T) {
	all := addresses(9)
	g := newGuard(17, nil)
	seen := make(map[[2]wire.Address]bool)
	for _, c := range g.h.connect(g.now, []apart{{all[:2], all[2:5]}, {all[:1], nil}, {all[5:6], all[6:]}}) {
		if c.Kind != Ask || !c.Fresh {
			t.Errorf("%+v", c)
		}
		seen[[2]wire.Address{c.Node, c.Target}] = true
	}
	if len(seen) != 2*3+1*3 || !seen[[2]wire.Address{all[1], all[4]}] || !seen[[2]wire.Address{all[5], all[8]}] {
		t.Errorf("%v", seen)
	}
	if calls := g.h.connect(g.now, nil); len(calls) > 0 {
		t.Errorf("between no sides: %v", calls)
	}
	large := addresses(2000)
	g.h.members = len(large)
	if calls := g.h.connect(g.now, []apart{{large[:1000], large[1000:]}}); len(calls) != 5 {
		t.Errorf("%d of a large ring", len(calls))
	}
}

func TestFewAreConnectedAnewInLargeRings(t *testing.T) {
	for members, want := range map[int]int{0: 100, 10: 100, 100: 100, 1000: 10, 100_000: 0} {
		if got := reconnected(members); got != want {
			t.Errorf("%d members: %d, want %d", members, got, want)
		}
	}
}
