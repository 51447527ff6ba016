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
			t.Errorf("%v %v: somebody is fenced before a decision", test.cfg.Strategy, test.parts)
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

// A restart forgets that the node was fenced. It finds itself with its part of the
// cluster, and stays fenced.
func TestARestartedMinorityStaysFenced(t *testing.T) {
	for _, s := range []Strategy{StaticQuorum, KeepMajority, KeepOldest, LeaseMajority} {
		l := settledLab(t, config(s), 5)
		l.split([]int{4, 5}, []int{1, 2, 3})
		l.run(40 * time.Second)
		l.wantServing(1, 2, 3)
		l.boot(4)
		l.boot(5)
		l.run(5 * time.Minute)
		l.wantServing(1, 2, 3)
		l.heal()
		l.run(30 * time.Second)
		l.wantServing(1, 2, 3, 4, 5)
	}
}

// Operators may reap while the cluster is split. That turns the other side into
// tombstones, and a minority not into a whole.
func TestReapingDoesNotUnfence(t *testing.T) {
	for _, when := range []time.Duration{10 * time.Second, 40 * time.Second} {
		l := settledLab(t, config(KeepMajority), 5)
		l.split([]int{1, 2}, []int{3, 4, 5})
		l.run(when)
		for i := 1; i <= 2; i++ {
			for j := 3; j <= 5; j++ {
				n := l.nodes[addr(i)]
				l.set(n, addr(j), wire.Tombstone)
				gone := n.members[addr(j)]
				delete(n.members, addr(j))
				n.Observe(l.now, []swim.Event{swim.MembersChanged{Changes: []swim.MemberChange{{Before: &gone}}}})
			}
		}
		l.run(3 * time.Minute)
		l.wantServing(3, 4, 5)
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

// One member that flaps takes nobody else with it. By Akka's rule it takes all.
func TestOneFlappingMember(t *testing.T) {
	for _, when := range []WhenUnstable{UnstableDecide, UnstableLose} {
		cfg := config(KeepMajority)
		cfg.WhenUnstable = when
		l := settledLab(t, cfg, 5)
		l.crash(4)
		for range 12 {
			for i := 1; i <= 3; i++ {
				l.set(l.nodes[addr(i)], addr(5), wire.Faulty)
			}
			l.run(3 * time.Second)
			for i := 1; i <= 3; i++ {
				l.set(l.nodes[addr(i)], addr(5), wire.Alive)
			}
			l.run(3 * time.Second)
		}
		for i := 1; i <= 3; i++ {
			if n := l.nodes[addr(i)]; n.Serves() != (when == UnstableDecide) {
				t.Errorf("%v: node %d is %v", when, i, n.State())
			}
		}
	}
}

// At the end of a restless period those who are suspect count for nobody: a minority that
// has not given up one of the others yet is none the larger for it.
func TestTheSuspectDoNotCountWhenRestless(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 5)
	n := l.nodes[addr(1)]
	for range 36 {
		l.set(n, addr(3), wire.Faulty)
		l.set(n, addr(4), wire.Faulty)
		l.set(n, addr(5), wire.Suspect)
		l.run(500 * time.Millisecond)
		if n.State() == Uncertain {
			l.set(n, addr(4), wire.Alive)
		}
		l.run(500 * time.Millisecond)
	}
	if n.State() != Lost {
		t.Errorf("it is %v: %+v", n.State(), n.Verdict())
	}
}

// A decision waits while one of the base is suspect, but a suspicion does not begin one.
func TestASuspectPostpones(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 5)
	n := l.nodes[addr(1)]
	l.set(n, addr(2), wire.Suspect)
	if n.State() != Stable {
		t.Error("a suspect makes it uncertain")
	}
	l.set(n, addr(5), wire.Faulty)
	l.run(25 * time.Second)
	if n.State() != Uncertain {
		t.Errorf("it is %v while one is suspect", n.State())
	}
	l.set(n, addr(2), wire.Alive)
	l.run(2 * time.Second)
	if n.State() != Kept {
		t.Errorf("it is %v when nobody is suspect", n.State())
	}
}

// A process that was stopped accepts nothing until somebody tells it that it may.
func TestAPauseStopsAccepting(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 3)
	n := l.nodes[addr(3)]
	n.Observe(l.now, []swim.Event{swim.Stalled{For: l.cfg.MaxPause}})
	if !n.Serves() {
		t.Error("a short pause stops it")
	}
	n.Observe(l.now, []swim.Event{swim.Stalled{For: time.Minute}})
	if n.Serves() {
		t.Error("it serves right after a pause")
	}
	l.run(2 * time.Second)
	if !n.Serves() {
		t.Errorf("it is %v when others have said that it may", n.State())
	}
	l.split([]int{3}, []int{1, 2})
	n.Observe(l.now, []swim.Event{swim.Stalled{For: time.Minute}})
	l.run(time.Minute)
	l.wantServing(1, 2)
}

// A pause in the middle of an uncertain period does not decide by what was known before.
func TestAPauseBeginsANewPeriod(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 5)
	n := l.nodes[addr(1)]
	l.set(n, addr(5), wire.Faulty)
	l.run(time.Second)
	l.now = l.now.Add(time.Minute)
	n.Observe(l.now, []swim.Event{swim.Stalled{For: time.Minute}})
	n.Advance(l.now)
	if n.State() != Uncertain || n.Serves() {
		t.Errorf("it is %v, serves: %v", n.State(), n.Serves())
	}
}

// A peer without a resolver serves always. On the side that has lost that says nothing.
func TestAPeerWithoutAResolver(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 5)
	l.split([]int{1, 2}, []int{3, 4, 5})
	l.run(40 * time.Second)
	n := l.nodes[addr(1)]
	n.Heard(l.now, addr(2), Report{Lacking: true}, nil)
	if n.Serves() {
		t.Error("a mate without a resolver ends the fencing")
	}
	l.set(n, addr(3), wire.Alive)
	n.Heard(l.now.Add(10*time.Second), addr(3), Report{Lacking: true}, nil)
	if !n.Serves() {
		t.Error("one from the other side does not end it")
	}
	starting := l.boot(2)
	starting.Heard(l.now.Add(10*time.Second), addr(1), Report{Lacking: true}, nil)
	if !starting.Serves() {
		t.Error("a node that starts among others without a resolver is fenced")
	}
}

// Who vouches serves for certain, and agrees about everybody.
func TestWhoVouches(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 3)
	n := l.boot(3)
	now := l.now.Add(10 * time.Second)
	good := l.nodes[addr(1)].Report()
	good.Checksum = n.Checksum()
	if n.Heard(l.now, addr(1), good, nil); n.Serves() {
		t.Error("it serves before UnfenceAfter")
	}
	for what, change := range map[string]func(*Report){
		"another membership": func(p *Report) { p.Checksum++ },
		"uncertain":          func(p *Report) { p.State = Uncertain },
		"lost":               func(p *Report) { p.State, p.Serves = Lost, false },
		"paused":             func(p *Report) { p.Serves = false },
	} {
		p := good
		change(&p)
		if n.Heard(now, addr(1), p, nil); n.Serves() {
			t.Errorf("a report of %s ends the fencing", what)
		}
	}
	if n.Heard(now, addr(1), good, nil); !n.Serves() {
		t.Error("a good report does not end the fencing")
	}
}

// A node that is listed alone serves, and says so.
func TestAloneIsSaid(t *testing.T) {
	l := newLab(t, config(KeepMajority), 1)
	l.run(10 * time.Second)
	l.wantServing(1)
	if n := l.nodes[addr(1)]; !slices.ContainsFunc(n.events, func(e swim.Event) bool { _, is := e.(Alone); return is }) {
		t.Error("there is no warning")
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

// The way out when all sides are fenced.
func TestOperators(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 3)
	l.split([]int{1}, []int{2}, []int{3})
	l.run(time.Minute)
	l.wantServing()
	l.nodes[addr(2)].Keep(l.now)
	l.run(time.Minute)
	l.wantServing(2)
	n := l.nodes[addr(1)]
	if n.WriteOff(l.now, addr(9)) {
		t.Error("an unknown member was written off")
	}
	if !n.WriteOff(l.now, addr(2)) || !n.WriteOff(l.now, addr(3)) {
		t.Error("a missed one was not written off")
	}
	l.run(10 * time.Second)
	l.wantServing(1, 2)
	l.heal()
	l.run(time.Minute)
	l.wantServing(1, 2, 3)
}

// What is saved makes a restarted node miss whom it knew, and stay lost.
func TestSavedState(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 3)
	l.split([]int{1}, []int{2, 3})
	l.run(time.Minute)
	saved := l.nodes[addr(1)].Save()
	n := l.boot(1)
	n.Restore(saved)
	if n.State() != Lost || len(n.Missed()) != 2 {
		t.Errorf("it is %v and misses %v", n.State(), n.Missed())
	}
	l.run(time.Minute)
	l.wantServing(2, 3)
	l.heal()
	l.run(time.Minute)
	l.wantServing(1, 2, 3)
}

// A small cluster that loses its majority to a crash is fenced, and serves again when it is
// back, under whatever address.
func TestMostOfThemCrash(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 3)
	l.crash(2)
	l.crash(3)
	l.run(time.Minute)
	l.wantServing()
	l.boot(2)
	l.boot(3)
	l.run(2 * time.Minute)
	l.wantServing(1, 2, 3)
}

// At the end of a restless period those who have changed in it count for nobody, though
// they are here at that moment.
func TestWhoHasChangedDoesNotCountWhenRestless(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 4)
	n := l.nodes[addr(1)]
	l.set(n, addr(3), wire.Faulty)
	l.set(n, addr(4), wire.Faulty)
	for range 12 {
		l.set(n, addr(2), wire.Faulty)
		l.run(1500 * time.Millisecond)
		l.set(n, addr(2), wire.Alive)
		l.run(1500 * time.Millisecond)
	}
	if n.State() != Lost || n.Verdict().Own != 1 {
		t.Errorf("it is %v: %+v", n.State(), n.Verdict())
	}
}

// A newcomer that settles while a decision is waited for does not count for it: the other
// side may not know it.
func TestWhoSettlesTooLateDoesNotCount(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 4)
	n := l.nodes[addr(1)]
	for _, i := range []int{5, 6} {
		change := swim.MemberChange{After: new(swim.Member)}
		*change.After = alive(i)
		n.members[addr(i)] = *change.After
		n.Observe(l.now, []swim.Event{swim.MembersChanged{Changes: []swim.MemberChange{change}}})
	}
	l.run(19 * time.Second)
	l.set(n, addr(3), wire.Faulty)
	l.set(n, addr(4), wire.Faulty)
	l.run(25 * time.Second)
	if v := n.Verdict(); n.State() != Lost || v.Own != 2 || v.Other != 4 {
		t.Errorf("it is %v: %+v", n.State(), v)
	}
}

// A node that was stopped, or that others have held faulty, may have been written off. It
// does not count for its own side until it has settled anew.
func TestWhoMayBeWrittenOffDoesNotCountItself(t *testing.T) {
	for _, e := range []swim.Event{
		swim.Stalled{For: time.Minute},
		swim.Refuted{Accusation: wire.Change{Address: addr(1), Status: wire.Faulty}},
	} {
		l := settledLab(t, config(KeepMajority), 2)
		n := l.nodes[addr(1)]
		n.Observe(l.now, []swim.Event{e})
		l.set(n, addr(2), wire.Faulty)
		l.run(30 * time.Second)
		if n.State() != Lost {
			t.Errorf("after %T it is %v: %+v", e, n.State(), n.Verdict())
		}
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

// Who serves again because another member does takes over whom that has written off.
func TestTheWrittenOffAreAdopted(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 5)
	l.split([]int{1}, []int{2, 3, 4, 5})
	l.run(40 * time.Second)
	l.crash(5)
	l.run(40 * time.Second)
	n := l.nodes[addr(1)]
	n.events = nil
	l.heal()
	l.run(20 * time.Second)
	if len(n.events) != 1 || n.State() != Kept || !slices.Equal(n.WrittenOff(), []wire.Address{addr(5)}) || n.Epoch() != l.nodes[addr(2)].Epoch() {
		t.Errorf("it is %v without %v, epoch %d: %+v", n.State(), n.WrittenOff(), n.Epoch(), n.events)
	}
}

// Hosts begin a cluster together only if all of them that answer are starting.
func TestStartingTogether(t *testing.T) {
	for _, lost := range []bool{false, true} {
		l := settledLab(t, config(KeepMajority), 5)
		n := l.boot(3)
		n.Hosts(l.now, l.hosts, nil)
		now := l.now.Add(l.cfg.UnfenceAfter)
		n.Heard(now, addr(4), Report{State: Starting}, nil)
		n.Advance(now)
		if n.Serves() {
			t.Error("two of five begin a cluster")
		}
		if lost {
			n.Heard(now, addr(1), Report{State: Lost}, nil)
		}
		n.Heard(now, addr(5), Report{State: Starting}, nil)
		n.Advance(now.Add(l.cfg.Tick))
		if n.Serves() == lost {
			t.Errorf("one lost: %v, it serves: %v", lost, n.Serves())
		}
	}
}
