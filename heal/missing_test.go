package heal

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// A message of a member that is held faulty makes the pace that of a new
// suspicion, and a node visits it.
func TestWhoIsHeldFaultyAndSpeaksIsVisited(t *testing.T) {
	a := newSide(t, addr(1), change(50, wire.Alive, 0), change(51, wire.Alive, 0))
	a.SetGossip(true)
	a.Update([]wire.Change{change(50, wire.Faulty, 0), change(51, wire.Faulty, 0)})
	a.healer.Observe(a.take().Events)
	a.healer.now = start.Add(time.Hour)
	ping := &wire.Ping{App: "test", Source: addr(50), SourceIncarnation: start.UnixMilli(), Changes: wire.Changes(change(1, wire.Faulty, 0), change(60, wire.Faulty, 0))}
	a.Request(7, ping)
	out := a.take()
	answer := out.Answers[0].Response.(*wire.Ping)
	told := answer.Changes.All()
	if len(told) != 2 || told[0].Address != a.Address() || told[0].Status != wire.Alive || told[1].Address != addr(50) || told[1].Status != wire.Faulty {
		t.Errorf("it is told %v, not what is believed of it, and that this node lives", told)
	}
	if _, known := a.Member(addr(60)); known {
		t.Error("what it said of others is believed")
	}
	a.healer.Observe(out.Events)
	calls := a.take().Calls
	if len(calls) != 1 || calls[0].Target != addr(50) {
		t.Errorf("the calls are %v", calls)
	}
	if pace := a.healer.urgency.interval(a.healer.now); pace != DefaultConfig().FastInterval {
		t.Errorf("the pace is %v", pace)
	}
}

// After the missing were reaped, and after they were forgotten while discovery lists
// them, the other side is still looked for; it is whole when they are back.
func TestTheReapedAreStillMissing(t *testing.T) {
	a := newSide(t, addr(1), change(50, wire.Alive, 0), change(51, wire.Alive, 0))
	a.Update([]wire.Change{change(50, wire.Faulty, 0), change(51, wire.Faulty, 0)})
	a.healer.Observe(a.take().Events)
	whole := func() bool {
		for range 2 { // in between it looks for hosts of its own
			a.healer.Advance(a.healer.next)
		}
		return slices.ContainsFunc(a.take().Events, func(e swim.Event) bool { _, ok := e.(PartitionHealed); return ok })
	}
	a.Reap()
	if whole() {
		t.Error("it is called whole when the missing were reaped")
	}
	a.Node.Advance(start.Add(2 * time.Minute)) // they are forgotten
	a.healer.hosts = []wire.Address{addr(51)}
	if whole() {
		t.Error("it is called whole when one of the missing is a host of discovery")
	}
	a.Update([]wire.Change{change(50, wire.Alive, 1)})
	if whole() {
		t.Error("it is called whole when one is back")
	}
	a.Update([]wire.Change{change(51, wire.Alive, 1)})
	if !whole() {
		t.Error("it is not called whole")
	}
}

// Who died, and was reaped and forgotten, is not waited for.
func TestTheForgottenAreNotMissing(t *testing.T) {
	a := newSide(t, addr(1), change(50, wire.Alive, 0), change(51, wire.Alive, 0))
	a.Update([]wire.Change{change(50, wire.Faulty, 0), change(51, wire.Faulty, 0)})
	a.healer.Observe(a.take().Events)
	a.Reap()
	a.Node.Advance(start.Add(2 * time.Minute))
	a.take()
	a.healer.Advance(start.Add(2 * time.Minute))
	if !slices.ContainsFunc(a.take().Events, func(e swim.Event) bool { _, ok := e.(PartitionHealed); return ok }) {
		t.Error("it is not called whole")
	}
}

// Members that were forgotten are tried as often as those that are held faulty: what turned
// faulty together is not a dead host on a list.
func TestTheForgottenAreTriedEachTurn(t *testing.T) {
	a := newSide(t, addr(1), change(50, wire.Alive, 0), change(51, wire.Alive, 0))
	a.SetGossip(true)
	a.Update([]wire.Change{change(50, wire.Faulty, 0), change(51, wire.Faulty, 0)})
	a.healer.Observe(a.take().Events)
	a.Reap()
	a.Node.Advance(start.Add(2 * time.Minute))
	a.take()
	listed := []wire.Address{addr(1), addr(50), addr(51)}
	a.healer.hosts = listed
	tried := 0
	for range 40 {
		a.healer.Advance(a.healer.next)
		if a.take().NeedHosts {
			a.healer.Hosts(listed)
			for _, call := range a.take().Calls {
				tried++
				a.calls.Finish(call.ID, nil, errors.New("no answer"))
			}
		}
	}
	if tried < 30 {
		t.Errorf("%d attempts in 40 turns", tried)
	}
}

// A node that was isolated visits the first node that it hears from again.
func TestIsolationEndsWithAVisit(t *testing.T) {
	a := newSide(t, addr(1), change(50, wire.Alive, 0), change(51, wire.Alive, 0), change(52, wire.Alive, 0))
	ended := []swim.Event{swim.IsolationEnded{From: addr(52)}}
	a.healer.Observe(ended)
	if calls := a.take().Calls; len(calls) != 0 {
		t.Errorf("without a partition it calls %v", calls)
	}
	a.Update([]wire.Change{change(50, wire.Faulty, 0), change(51, wire.Faulty, 0)})
	a.healer.Observe(a.take().Events)
	a.healer.Observe(ended)
	if calls := a.take().Calls; len(calls) != 1 || calls[0].Target != addr(52) {
		t.Errorf("the calls are %v", calls)
	}
}

// A host that does not answer is left alone for a while. One that this node could not even call,
// since it had no room for another connection, is not.
func TestWhoCouldNotBeCalledIsNotLeftAlone(t *testing.T) {
	for _, test := range []struct {
		err  error
		rest bool
	}{
		{errors.New("no answer"), true},
		{fmt.Errorf("%w: too many open files", swim.ErrStarved), false},
	} {
		a := newSide(t, addr(1), change(50, wire.Alive, 0))
		a.healer.askHosts()
		a.healer.Hosts([]wire.Address{addr(1), addr(60)})
		calls := a.take().Calls
		if len(calls) != 1 || calls[0].Target != addr(60) {
			t.Fatalf("the calls are %v", calls)
		}
		a.calls.Finish(calls[0].ID, nil, test.err)
		if rest := !a.healer.isDue(addr(60)); rest != test.rest {
			t.Errorf("%v: it is left alone: %v, want %v", test.err, rest, test.rest)
		}
	}
}
