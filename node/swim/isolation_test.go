package swim

import (
	"errors"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// eventsOf returns the events of a type, and forgets all effects.
func eventsOf[E Event](out *Effects) (found []E) {
	for _, e := range out.Events {
		if e, ok := e.(E); ok {
			found = append(found, e)
		}
	}
	*out = Effects{}
	return found
}

// A node that no other answers knows within 2 s that it is cut off. It tells its view to
// follow, and accuses no member when it hears from one again.
func TestIsolation(t *testing.T) {
	n, out, calls := newNode(t, nil)
	n.Update(changes(9, wire.Alive))
	begin, isolatedAt := n.now, time.Time{}
	var ends []Call // of calls that fail, in order of their times
	for n.now.Sub(begin) < 30*time.Second {
		ends = append(ends, out.Calls...)
		if found := eventsOf[Isolated](out); len(found) > 0 {
			if !isolatedAt.IsZero() {
				t.Error("it is said twice")
			}
			isolatedAt = n.now
		}
		at, _ := n.Deadline()
		n.Advance(at)
		for _, c := range ends {
			calls.Finish(c.ID, nil, errors.New("no answer"))
		}
		ends = nil
	}
	if took := isolatedAt.Sub(begin); isolatedAt.IsZero() || took > 2*time.Second || !n.Isolated() {
		t.Errorf("known after %v", took)
	}
	if n.Pingable() != 1 {
		t.Errorf("%d members are pingable after %v alone", n.Pingable(), n.now.Sub(begin))
	}
	for change := range n.gossip.pending.Counts() {
		if change.Status != wire.Alive {
			t.Errorf("that %s is %v is pending", change.Address, change.Status)
		}
	}
	from := wire.Address("10.0.0.3:3000")
	n.Request(1, &wire.Ping{App: "test", Source: from, SourceIncarnation: epoch + 1, Checksum: 1})
	if found := eventsOf[IsolationEnded](out); len(found) != 1 || found[0].From != from {
		t.Errorf("another node is heard from: %v", found)
	}
	if n.Isolated() {
		t.Error("it is isolated still")
	}
}

// A node that is alone probes at the usual rate once it holds the others suspect, and not
// faster for ever.
func TestAloneItDoesNotHurryForEver(t *testing.T) {
	n, out, calls := newNode(t, nil)
	n.Update(changes(9, wire.Alive))
	begin, wakes := n.now, 0
	for n.now.Sub(begin) < 60*time.Second {
		pending := out.Calls
		*out = Effects{}
		for _, c := range pending {
			calls.Finish(c.ID, nil, errors.New("no answer"))
		}
		at, ok := n.Deadline()
		if !ok {
			break
		}
		if n.now.Sub(begin) > 30*time.Second {
			wakes++
		}
		n.Advance(at)
	}
	if usual := int(30 * time.Second / n.cfg.ProtocolPeriod); wakes > usual+10 {
		t.Errorf("it is awake %d times in 30 s, want at most %d", wakes, usual+10)
	}
}
