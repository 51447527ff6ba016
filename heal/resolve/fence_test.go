package resolve

import (
	"slices"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

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

// A node that vouches is certain to serve, and agrees about all members.
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

// A node that was started again within a cut waits for its end, and says so, once.
func TestAStartThatTakesLongIsSaid(t *testing.T) {
	l := settledLab(t, config(KeepMajority), 5)
	l.split([]int{4, 5}, []int{1, 2, 3})
	l.run(40 * time.Second)
	l.boot(4)
	l.run(5 * time.Minute)
	var said []StillStarting
	for _, e := range l.nodes[addr(4)].events {
		if e, is := e.(StillStarting); is {
			said = append(said, e)
		}
	}
	if len(said) != 1 || said[0].Hosts != 5 || said[0].Starting != 1 || said[0].For < l.cfg.StableAfter || said[0].For > l.cfg.StableAfter+l.cfg.UnfenceAfter+2*l.cfg.Tick {
		t.Errorf("it says %+v", said)
	}
	for i := range 5 {
		if i != 3 && slices.ContainsFunc(l.nodes[addr(i+1)].events, func(e swim.Event) bool { _, is := e.(StillStarting); return is }) {
			t.Errorf("node %d says that it is starting", i+1)
		}
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

// The saved state makes a restarted node miss the members that it knew, and stay lost.
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

// A node that serves again because another one does takes over its written-off members.
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
