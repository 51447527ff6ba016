package heal

import (
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
	if answer.Changes.Len() != 1 || answer.Changes.At(0).Address != addr(50) || answer.Changes.At(0).Status != wire.Faulty {
		t.Errorf("it is told %v, not what is believed of it", answer.Changes.All())
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
		a.healer.Advance(a.healer.next)
		for _, e := range a.take().Events {
			if _, ok := e.(PartitionHealed); ok {
				return true
			}
		}
		return false
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
