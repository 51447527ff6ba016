package plan

import (
	"reflect"
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

func TestADeadMemberThatIsStuckInSuspectIsAccusedAnew(t *testing.T) {
	all := addresses(6)
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
			want := []wire.Change{{Address: dead, Incarnation: 11, Status: wire.Alive}, {Address: dead, Incarnation: 12, Status: wire.Suspect}}
			if !reflect.DeepEqual(c.Changes, want) || c.Node == dead {
				t.Errorf("told %+v", c)
			}
		}
	}
	if told != 1 || g.count(Ask) != helpers {
		t.Errorf("told %d times, asked %d times", told, g.count(Ask))
	}
}

// A guard with the same seed asks the same nodes about the same members, in the same order.
func TestAccusationsAreRepeatable(t *testing.T) {
	all := addresses(9)
	r := cutInto(all)
	for _, member := range all[4:] {
		r.dead[member] = true
		for _, node := range all[:4] {
			r.holds(node, wire.Suspect, 10, member)
		}
	}
	var first []Call
	for range 10 {
		g := newGuard(16, nil)
		g.h.Looked(g.now, r.verdict())
		var calls []Call
		for _, a := range g.h.Accusations(g.now.Add(stuckAfter)) {
			calls = append(calls, a.Calls()...)
		}
		if len(calls) != 5*(1+helpers) {
			t.Fatalf("%d calls", len(calls))
		}
		if first == nil {
			first = calls
		}
		if !reflect.DeepEqual(calls, first) {
			t.Fatalf("%v, and then %v", first, calls)
		}
	}
}

func TestALivingMemberThatIsStuckInSuspectRefutes(t *testing.T) {
	all := addresses(6)
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

// A member that the guard does not reach and its ring does is not accused: it refutes when
// it is pinged.
func TestAMemberThatANodeReachesIsNotAccused(t *testing.T) {
	all := addresses(6)
	r := cutInto(all)
	hidden := all[5]
	r.hidden = map[wire.Address]bool{hidden: true}
	for _, node := range all[:5] {
		r.holds(node, wire.Suspect, 10, hidden)
	}
	g := newGuard(14, nil)
	for range 62 {
		g.look(r, nil)
	}
	for _, c := range g.calls {
		if c.Kind == Tell {
			t.Errorf("told %+v", c)
		}
	}
	r.gossip()
	if m := r.views[all[0]][hidden]; g.count(Ask) == 0 || m.Status != wire.Alive {
		t.Errorf("asked %d times, %+v", g.count(Ask), m)
	}
}
