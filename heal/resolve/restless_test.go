package resolve

import (
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// One flapping member takes no other with it. By Akka's rule it takes all.
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

// At the end of a restless period suspects do not count for any side: a minority is not
// larger because it has not yet given up one of the others.
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
		t.Errorf("it is %v when no member is suspect", n.State())
	}
}

// A process that was stopped accepts nothing until another node confirms that it may.
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

// A process that was stopped is slow to find out that it is cut off. Until it has, or all others
// have answered, the end of the period says nothing.
func TestSilenceAfterAPauseProvesNothing(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 3)
	n := l.nodes[addr(3)]
	l.delay = func(node, _ wire.Address, gone bool) time.Duration {
		if gone && node == addr(3) {
			return time.Hour
		}
		return 2 * time.Second
	}
	l.split([]int{3}, []int{1, 2})
	n.Observe(l.now, []swim.Event{swim.Stalled{For: time.Minute}})
	l.run(time.Minute)
	l.wantServing(1, 2)
}

// When all processes were stopped, as by a snapshot of their machines, they answer each other
// that they do not serve, and then all do.
func TestAllServeAfterAPauseOfAll(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 3)
	for _, n := range l.nodes {
		n.Observe(l.now, []swim.Event{swim.Stalled{For: time.Minute}})
	}
	l.wantServing()
	l.run(time.Minute)
	l.wantServing(1, 2, 3)
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

// At the end of a restless period members that changed in it do not count for any side,
// even if they are reachable at that moment.
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
