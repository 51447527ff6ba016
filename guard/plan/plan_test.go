package plan

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/wire"
)

// guard lets a healer do all it wants for a number of looks, half a second apart.
type guard struct {
	h     *Healer
	now   time.Time
	calls []Call
	last  error
}

func newGuard(seed uint64, named func(wire.Address) bool) *guard {
	return &guard{h: NewHealer(rng(seed), named), now: time.Unix(1_000_000, 0)}
}

// between is done before each call of a guard, if it is not nil.
func (g *guard) look(r *toyRing, between func()) {
	g.now = g.now.Add(500 * time.Millisecond)
	g.h.Looked(g.now, r.verdict())
	do := func(c Call) Answer {
		if between != nil {
			between()
		}
		g.calls = append(g.calls, c)
		return r.call(c)
	}
	for _, c := range g.h.Due(g.now) {
		g.h.Told(c, do(c).Err)
	}
	carryOut := func(s Steps) {
		for calls := s.Calls(); len(calls) > 0; calls = s.Calls() {
			var answers []Answer
			for _, c := range calls {
				answers = append(answers, do(c))
			}
			s.Answered(answers)
		}
	}
	for _, a := range g.h.Accusations(g.now) {
		carryOut(a)
	}
	for _, a := range g.h.Attempts(g.now) {
		carryOut(a)
		_, g.last = a.Result()
		g.h.Ended(g.now, a)
	}
}

func (g *guard) count(k Kind) (n int) {
	for _, c := range g.calls {
		if c.Kind == k {
			n++
		}
	}
	return n
}

func halves(n int) (a, b []wire.Address) {
	for i := range n {
		if i < n/2 {
			a = append(a, address(i))
		} else {
			b = append(b, address(i))
		}
	}
	return a, b
}

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
		t.Error("nobody was asked whether the network is back")
	}
}

func TestNothingIsDoneWhenNothingIsWrong(t *testing.T) {
	a, b := halves(6)
	r := cutInto(append(a, b...))
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
	a, b := halves(6)
	all := append(a, b...)
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

// Whatever two to four sides believe of each other, whichever members are dead, however
// many guards there are and wherever one of them stops: no live member becomes unpingable
// to a node that held it pingable, neither at once nor by gossip; and the guards make one
// ring.
func TestNobodyIsHarmed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRing(t)
		guards := []*guard{}
		for i := range rapid.IntRange(1, 3).Draw(t, "guards") {
			guards = append(guards, newGuard(uint64(i)+rapid.Uint64Range(0, 1000).Draw(t, "seed"), nil))
		}
		killed := rapid.IntRange(0, 30).Draw(t, "guard killed after calls")
		mended := rapid.IntRange(0, 6).Draw(t, "network mended after looks")
		for look := range 40 {
			if look == mended {
				r.mend()
			}
			for i, g := range guards {
				if i == 0 && len(guards) > 1 && len(g.calls) >= killed {
					continue
				}
				g.look(r, nil)
				if len(r.harmed) > 0 {
					t.Fatalf("look %d: harmed: %v", look, r.harmed)
				}
			}
			r.gossip()
			if len(r.harmed) > 0 {
				t.Fatalf("look %d, after gossip: harmed: %v", look, r.harmed)
			}
		}
		if v := r.verdict(); len(v.Sides) != 1 {
			t.Fatalf("%d sides in the end: %v", len(v.Sides), guards[len(guards)-1].last)
		}
	})
}

// drawRing draws a ring that is cut, whose sides believe things of each other that a
// cut, crashes and restarts can have left behind.
func drawRing(t *rapid.T) *toyRing {
	n := rapid.IntRange(2, 9).Draw(t, "nodes")
	count := rapid.IntRange(2, min(n, 4)).Draw(t, "parts")
	parts := make([][]wire.Address, count)
	for i := range n {
		part := i
		if i >= count {
			part = rapid.IntRange(0, count-1).Draw(t, "part")
		}
		parts[part] = append(parts[part], address(i))
	}
	r := cutInto(parts...)
	for i, part := range parts {
		for j, other := range parts {
			if i == j {
				continue
			}
			for _, m := range other {
				status := rapid.SampledFrom([]wire.Status{wire.Faulty, wire.Faulty, wire.Leave, wire.Tombstone}).Draw(t, "status")
				incarnation := rapid.Int64Range(8, 12).Draw(t, "incarnation")
				for _, node := range part {
					r.holds(node, status, incarnation, m)
				}
			}
		}
		for _, m := range part { // of its own members, some nodes have newer beliefs
			for _, node := range part {
				r.holds(node, wire.Alive, 10+rapid.Int64Range(0, 2).Draw(t, "newer"), m)
			}
			r.holds(m, wire.Alive, 12, m)
		}
	}
	return r
}

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

func TestOfManySidesNotAllArePutBesideEachOther(t *testing.T) {
	var parts [][]wire.Address
	for i := range 100 {
		parts = append(parts, []wire.Address{address(i)})
	}
	r := cutInto(parts...)
	pairs := Compare(r.verdict().Sides, nil)
	if n := len(pairs); n > 2*len(parts) {
		t.Errorf("%d pairs of %d sides", n, len(parts))
	}
	met := make(map[string]bool)
	for _, p := range pairs {
		met[fmt.Sprint(p.A.Nodes[0])], met[fmt.Sprint(p.B.Nodes[0])] = true, true
	}
	if len(met) != len(parts) {
		t.Errorf("%d of %d sides are in pairs", len(met), len(parts))
	}
}

// A rumour reaches the nodes of a side one after the other: what is safe for one of them
// may kill in the eyes of another, which has not heard of the last refutation yet.
func TestTheNodeThatKnowsLeastCounts(t *testing.T) {
	a, b := halves(4)
	r := cutInto(a, b)
	r.holds(b[0], wire.Alive, 12, b...)
	r.holds(b[1], wire.Alive, 11, b[0]) // it has not heard of 12
	r.holds(a[0], wire.Faulty, 9, b[0])
	r.holds(a[1], wire.Faulty, 11, b[0]) // and this one of more than the other
	pair := Compare(r.verdict().Sides, nil)[0]
	for _, re := range pair.Plan.Theirs {
		if re.Suspect.Address == b[0] {
			if re.Suspect.Incarnation != 11 {
				t.Errorf("%s is suspected at %d", b[0], re.Suspect.Incarnation)
			}
			return
		}
	}
	t.Errorf("%s need not reincarnate: %v", b[0], pair.Plan)
}

func TestADeadMemberThatIsStuckInSuspectIsAccusedAnew(t *testing.T) {
	a, b := halves(6)
	all := append(a, b...)
	r := cutInto(all)
	dead := all[5]
	r.dead[dead] = true
	for _, node := range all[:5] {
		r.holds(node, wire.Suspect, 10, dead)
	}
	g := newGuard(10, nil)
	for range 50 { // 25 s: it may still turn faulty by itself
		g.look(r, nil)
	}
	if len(g.calls) > 0 {
		t.Fatalf("too early: %+v", g.calls)
	}
	for range 20 {
		g.look(r, nil)
	}
	told := 0
	for _, c := range g.calls {
		if c.Kind == Tell {
			told++
			if want := (wire.Change{Address: dead, Incarnation: 11, Status: wire.Suspect}); c.Changes[0].Incarnation != want.Incarnation ||
				c.Changes[0].Status != want.Status || c.Node == dead {
				t.Errorf("told %+v", c)
			}
		}
	}
	if told != 1 || g.count(Ask) != helpers {
		t.Errorf("told %d times, asked %d times", told, g.count(Ask))
	}
}

func TestALivingMemberThatIsStuckInSuspectRefutes(t *testing.T) {
	a, b := halves(6)
	all := append(a, b...)
	r := cutInto(all)
	for _, node := range all[:5] {
		r.holds(node, wire.Suspect, 10, all[5])
	}
	g := newGuard(11, nil)
	for range 62 {
		g.look(r, nil)
	}
	r.gossip()
	for _, node := range all {
		if m := r.views[node][all[5]]; m.Status != wire.Alive {
			t.Errorf("%s holds %+v", node, m)
		}
	}
}
