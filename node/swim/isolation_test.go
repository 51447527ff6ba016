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

// A node that is cut off pings a suspect once more when its time is over. If the network is back
// by then, it does not give up members that live.
func TestIsolatedItLooksAgain(t *testing.T) {
	for _, back := range []bool{false, true} {
		n, out, calls := newNode(t, nil)
		n.SetGossip(false)
		n.Update(changes(2, wire.Suspect))
		n.contacts.isolated = true
		*out = Effects{}
		n.Advance(n.now.Add(n.cfg.SuspectPeriod))
		looks := out.Calls
		if len(looks) != 2 || n.Pingable() != 3 {
			t.Fatalf("%d pings, %d members are pingable", len(looks), n.Pingable())
		}
		want := 1
		for _, look := range looks {
			if !back {
				calls.Finish(look.ID, nil, errors.New("no answer"))
				continue
			}
			want = 3
			m, _ := n.Member(look.Target)
			refuted := wire.Change{Address: look.Target, Incarnation: m.Incarnation + 1, Status: wire.Alive, Source: look.Target}
			calls.Finish(look.ID, &wire.Ping{Source: look.Target, App: "test", Changes: wire.Changes(refuted)}, nil)
		}
		if n.Pingable() != want {
			t.Errorf("the network is back: %v; %d members are pingable, want %d", back, n.Pingable(), want)
		}
	}
}

// A member that answers and does not refute, as none does, is not asked for ever.
func TestIsolatedItDoesNotLookForEver(t *testing.T) {
	n, out, calls := newNode(t, nil)
	n.SetGossip(false)
	n.Update(changes(1, wire.Suspect))
	n.contacts.isolated = true
	*out = Effects{}
	n.Advance(n.now.Add(n.cfg.SuspectPeriod))
	look := out.Calls[0]
	calls.Finish(look.ID, &wire.Ping{Source: look.Target, App: "test"}, nil)
	n.Advance(n.now.Add(2 * n.cfg.Detection.PingTimeout))
	if m, _ := n.Member(look.Target); m.Status != wire.Faulty {
		t.Errorf("it is %v", m.Status)
	}
}
