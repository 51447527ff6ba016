package swim

import (
	"errors"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

func TestPeriodGrowsWithSlowAnswers(t *testing.T) {
	n, out, calls := newNode(t, nil)
	n.Update(changes(1, wire.Alive))
	if got := n.Period(); got != 200*time.Millisecond {
		t.Errorf("period is %v at first", got)
	}
	for range 5 {
		*out = Effects{}
		n.Tick(0)
		call := out.Calls[0]
		n.Advance(n.now.Add(300 * time.Millisecond))
		calls.Finish(call.ID, &wire.Ping{}, nil)
	}
	if got := n.Period(); got != 600*time.Millisecond {
		t.Errorf("period is %v with pings of 300 ms", got)
	}
}

// When the last helper is waited for in vain, what another one has found is old, and
// the target is pinged once more.
func TestAnOldVerdictIsChecked(t *testing.T) {
	for _, back := range []bool{true, false} {
		n, out, calls := newNode(t, nil)
		n.SetGossip(false)
		n.Update(changes(4, wire.Alive))
		n.Tick(0)
		take := func() []Call {
			list := out.Calls
			*out = Effects{}
			return list
		}
		ping := take()[0]
		calls.Finish(ping.ID, nil, errors.New("no answer"))
		helpers := take()
		calls.Finish(helpers[0].ID, &wire.PingRequestResponse{Target: ping.Target}, nil)
		n.Advance(n.now.Add(5 * time.Second))
		for _, call := range helpers[1:] {
			calls.Finish(call.ID, nil, errors.New("no answer"))
		}
		again := take()
		if len(again) != 1 || again[0].Target != ping.Target {
			t.Fatalf("the calls are %v, want one to %s", again, ping.Target)
		}
		var err error
		want := wire.Alive
		if !back {
			err, want = errors.New("no answer"), wire.Suspect
		}
		calls.Finish(again[0].ID, &wire.Ping{Source: ping.Target}, err)
		if m, _ := n.Member(ping.Target); m.Status != want {
			t.Errorf("back %v: it is %v", back, m.Status)
		}
	}
}
