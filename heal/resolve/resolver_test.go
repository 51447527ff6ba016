package resolve

import (
	"slices"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Which side of a split is kept, strategy by strategy, and that the other one comes back
// without a restart.
func TestOneSideIsKeptAndTheOtherComesBack(t *testing.T) {
	alone := config(KeepOldest)
	never := config(KeepOldest)
	never.DownIfAlone = false
	few := config(KeepReferee)
	few.Minimum = 3
	for _, test := range []struct {
		cfg    Config
		n      int
		parts  [][]int
		serves []int
	}{
		{config(StaticQuorum), 5, [][]int{{1, 2}, {3, 4, 5}}, []int{3, 4, 5}},
		{config(StaticQuorum), 5, [][]int{{1, 2}, {3, 4}, {5}}, nil},
		{config(StaticQuorum), 6, [][]int{{1, 2, 3, 4}, {5, 6}}, nil},
		{config(KeepMajority), 5, [][]int{{1, 2}, {3, 4, 5}}, []int{3, 4, 5}},
		{config(KeepMajority), 4, [][]int{{2, 3}, {1, 4}}, []int{1, 4}},
		{config(KeepMajority), 5, [][]int{{1, 2}, {3, 4}, {5}}, nil},
		{config(KeepMajority), 2, [][]int{{1}, {2}}, []int{1}},
		{alone, 5, [][]int{{1, 2}, {3, 4, 5}}, []int{1, 2}},
		{alone, 5, [][]int{{1}, {2, 3, 4, 5}}, []int{2, 3, 4, 5}},
		{alone, 2, [][]int{{1}, {2}}, []int{1}},
		{never, 5, [][]int{{1}, {2, 3, 4, 5}}, []int{1}},
		{config(KeepReferee), 5, [][]int{{2}, {1, 3, 4, 5}}, []int{2}},
		{few, 5, [][]int{{1, 2}, {3, 4, 5}}, nil},
		{config(DownAll), 3, [][]int{{1, 2}, {3}}, nil},
		{config(LeaseMajority), 5, [][]int{{1, 2}, {3, 4, 5}}, []int{3, 4, 5}},
		{config(LeaseMajority), 5, [][]int{{1, 2}, {3, 4}, {5}}, nil},
	} {
		if test.n == 6 {
			test.cfg.QuorumSize = 4 // for the beginning
		}
		l := settledLab(t, test.cfg, test.n)
		if test.n == 6 {
			for _, n := range l.nodes {
				n.cfg.QuorumSize = 3
			}
		}
		l.split(test.parts...)
		l.run(6 * time.Second)
		if len(l.serving()) != test.n {
			t.Errorf("%v %v: a node is fenced before a decision", test.cfg.Strategy, test.parts)
		}
		l.run(40 * time.Second)
		if test.serves != nil || test.cfg.Strategy != LeaseMajority {
			l.wantServing(test.serves...)
		} else if got := l.serving(); len(got) == 0 || len(got) > 2 {
			t.Errorf("the lease of three parts: %v serve", got)
		}
		l.heal()
		l.run(60 * time.Second)
		if len(l.serving()) != test.n {
			t.Errorf("%v %v: %v serve in the end\n%s", test.cfg.Strategy, test.parts, l.serving(), l)
		}
	}
}

// A member that leaves is not missed; one that is unreachable and crashed is written off.
func TestLeavingAndCrashing(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 5)
	for _, n := range l.nodes {
		l.set(n, addr(5), wire.Leave)
	}
	l.run(time.Minute)
	l.crash(4)
	l.run(time.Minute)
	for i := 1; i <= 3; i++ {
		n := l.nodes[addr(i)]
		if n.State() != Kept || !slices.Equal(n.WrittenOff(), []wire.Address{addr(4)}) {
			t.Errorf("node %d: %v without %v", i, n.State(), n.WrittenOff())
		}
	}
}

// Only the own data center counts, and only the role.
func TestDataCentersAndRoles(t *testing.T) {
	cfg := config(KeepMajority)
	cfg.Role = "store"
	v := &view{self: addr(1), members: make(map[wire.Address]swim.Member)}
	add := func(i int, dc, role string) {
		m := alive(i)
		m.Labels[dcLabel], m.Labels[roleLabel] = dc, role
		v.members[m.Address] = m
	}
	add(1, "a", "web")
	add(2, "a", "store")
	add(3, "a", "store")
	add(4, "a", "store")
	add(5, "b", "store")
	r := New(cfg, v, start)
	r.Keep(start)
	fail := func(i int) {
		before := v.members[addr(i)]
		after := before
		after.Status = wire.Faulty
		v.members[addr(i)] = after
		r.Observe(start.Add(time.Hour), []swim.Event{swim.MembersChanged{Changes: []swim.MemberChange{{Before: &before, After: &after}}}})
	}
	fail(5)
	if r.State() != Stable {
		t.Error("another data center makes it uncertain")
	}
	fail(4)
	if v := r.Count(); v.Own != 2 || v.Other != 1 || !v.Keep {
		t.Errorf("%+v", v)
	}
}

// A member that has left and then evicts itself is not missed.
func TestWhoLeavesAndEndsIsNotMissed(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 3)
	n := l.nodes[addr(1)]
	l.set(n, addr(3), wire.Leave)
	l.set(n, addr(3), wire.Faulty)
	if n.State() != Stable || len(n.Missed()) > 0 {
		t.Errorf("it is %v and misses %v", n.State(), n.Missed())
	}
}
