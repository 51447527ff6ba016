package swim

import (
	"errors"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

func TestPeriodGrowsWithSlowAnswers(t *testing.T) {
	n, out, calls := newNode(t, func(cfg *Config) { cfg.Detection = Detection{} })
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

// While one helper is waited for that is silent, and another one could not reach the
// target, the target is pinged once more, and that decides.
func TestASilentHelperIsNotWaitedFor(t *testing.T) {
	silent := errors.New("no answer")
	for _, c := range []struct {
		name  string
		rest  string // what the other helpers do meanwhile: silence, no, yes
		again error  // how the second ping ends
		early wire.Status
		late  wire.Status // after the second ping
	}{
		{"it answers now", "silence", nil, wire.Alive, wire.Alive},
		{"it does not", "silence", silent, wire.Alive, wire.Suspect},
		{"the others agree", "no", silent, wire.Suspect, wire.Suspect},
		{"the others agree, too soon", "no", nil, wire.Suspect, wire.Suspect},
		{"another one has reached it", "yes", silent, wire.Alive, wire.Alive},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, out, calls := newNode(t, nil)
			ping, helpers := failedPing(n, out, calls)
			calls.Finish(helpers[0].ID, &wire.PingRequestResponse{Target: ping.Target}, nil)
			again := take(out)
			if len(again) != 1 || again[0].Target != ping.Target || again[0].Timeout != n.pingTimeout() {
				t.Fatalf("the calls are %v, want one to %s", again, ping.Target)
			}
			for _, helper := range helpers[1:] {
				if c.rest != "silence" {
					calls.Finish(helper.ID, &wire.PingRequestResponse{Target: ping.Target, OK: c.rest == "yes"}, nil)
				}
			}
			if m, _ := n.Member(ping.Target); m.Status != c.early {
				t.Errorf("it is %v before the second ping has ended, want %v", m.Status, c.early)
			}
			calls.Finish(again[0].ID, &wire.Ping{Source: ping.Target}, c.again)
			if m, _ := n.Member(ping.Target); m.Status != c.late {
				t.Errorf("it is %v after the second ping, want %v", m.Status, c.late)
			}
			more := take(out)
			if c.late == wire.Suspect && len(more) == 1 && more[0].Target == ping.Target {
				more = nil // it is asked to refute
			}
			if len(more) != 0 {
				t.Errorf("there are more calls: %v", more)
			}
		})
	}
}

// Ringpop's nodes wait for all their helpers.
func TestAnUnhurriedProbeWaits(t *testing.T) {
	n, out, calls := newNode(t, func(cfg *Config) { cfg.Rules.WaitsForSilentHelpers = true })
	ping, helpers := failedPing(n, out, calls)
	calls.Finish(helpers[0].ID, &wire.PingRequestResponse{Target: ping.Target}, nil)
	for _, helper := range helpers[1:] {
		if m, _ := n.Member(ping.Target); m.Status != wire.Alive || len(out.Calls) > 0 {
			t.Errorf("it is %v while a helper is waited for, and there are the calls %v", m.Status, out.Calls)
		}
		calls.Finish(helper.ID, nil, errors.New("no answer"))
	}
	if m, _ := n.Member(ping.Target); m.Status != wire.Suspect {
		t.Errorf("it is %v in the end, want suspect", m.Status)
	}
}

// failedPing makes a node of five begin a probe whose ping fails, and returns that
// ping and the calls to the helpers.
func failedPing(n *Node, out *Effects, calls *Calls) (ping Call, helpers []Call) {
	n.SetGossip(false)
	n.Update(changes(4, wire.Alive))
	n.Tick(0)
	ping = take(out)[0]
	calls.Finish(ping.ID, nil, errors.New("no answer"))
	return ping, take(out)
}

// take returns the calls that were made, and forgets all effects.
func take(out *Effects) []Call {
	list := out.Calls
	*out = Effects{}
	return list
}
