package swim

import (
	"errors"
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

// A table of who may speak: the app that a message names, and what the receiver requires.
var appCases = []struct {
	name             string
	app              string
	inPing, required bool
	want             bool // in a ping, in all others
	wantOthers       bool
}{
	{"its own", "test", true, true, true, true},
	{"another", "other", false, false, false, false},
	{"none", "", false, false, true, true},
	{"none, where pings must name it", "", true, false, false, true},
	{"none, where all must name it", "", false, true, false, false},
}

func TestRequestsOfAnotherAppAreRefused(t *testing.T) {
	for _, c := range appCases {
		for _, message := range []struct {
			name    string
			request wire.Request
			want    bool
		}{
			{"ping", &wire.Ping{Source: "127.0.0.1:3001", App: c.app}, c.want},
			{"ping-req", &wire.PingRequest{Source: "127.0.0.1:3001", Target: address("a"), App: c.app}, c.wantOthers},
		} {
			t.Run(c.name+", "+message.name, func(t *testing.T) {
				n, out, _ := newNode(t, func(cfg *Config) { cfg.RequireAppInPing, cfg.RequireApp = c.inPing, c.required })
				if r, ok := message.request.(*wire.PingRequest); ok {
					r.Target = n.Address()
				}
				n.Request(1, message.request)
				if err := out.Answers[0].Err; (err == nil) != message.want || err != nil && !errors.Is(err, ErrOtherApp) {
					t.Errorf("answered with %v", err)
				}
			})
		}
	}
}

// What is said by an answer that is refused changes nothing, and the node is taken for one
// that has not answered.
func TestAnswersOfAnotherAppAreRefused(t *testing.T) {
	news := wire.Changes(wire.Change{Address: "127.0.0.1:4000", Incarnation: 1})
	for _, c := range appCases {
		t.Run(c.name+", ping", func(t *testing.T) {
			n, out, calls := newNode(t, func(cfg *Config) { cfg.RequireAppInPing, cfg.RequireApp = c.inPing, c.required })
			n.Update(changes(3, wire.Alive))
			take(out)
			n.startProbe()
			ping := take(out)[0]
			calls.Finish(ping.ID, &wire.Ping{Source: ping.Target, App: c.app, Changes: news}, nil)
			if _, known := n.Member("127.0.0.1:4000"); known != c.wantOthers {
				t.Errorf("what it said was believed: %v", known)
			}
			if more := len(take(out)); (more > 0) == c.wantOthers {
				t.Errorf("%d helpers are asked", more)
			}
		})
		t.Run(c.name+", ping-req", func(t *testing.T) {
			n, out, calls := newNode(t, func(cfg *Config) { cfg.RequireAppInPing, cfg.RequireApp = c.inPing, c.required })
			ping, helpers := failedPing(n, out, calls)
			calls.Finish(helpers[0].ID, &wire.PingRequestResponse{Target: ping.Target, OK: true, App: c.app, Changes: news}, nil)
			if _, known := n.Member("127.0.0.1:4000"); known != c.wantOthers {
				t.Errorf("what it said was believed: %v", known)
			}
			for _, helper := range helpers[1:] {
				calls.Finish(helper.ID, &wire.PingRequestResponse{Target: ping.Target, App: "test"}, nil)
			}
			for _, again := range take(out) {
				calls.Finish(again.ID, nil, errors.New("no answer"))
			}
			if m, _ := n.Member(ping.Target); (m.Status == wire.Alive) != c.wantOthers {
				t.Errorf("the target is %v", m.Status)
			}
		})
	}
}

// Nodes that require the app of each other must name it wherever it is looked for.
func TestAllMessagesNameTheApp(t *testing.T) {
	for _, rules := range []Rules{{}, RingpopRules()} {
		n, out, calls := newNode(t, func(cfg *Config) { cfg.Rules = rules })
		ping, helpers := failedPing(n, out, calls)
		take(out)
		n.Request(1, &wire.Ping{Source: "127.0.0.1:3001", App: "test"})
		n.Request(2, &wire.PingRequest{Source: "127.0.0.1:3001", Target: n.Address(), App: "test"})
		apps := map[string]string{
			"ping":               ping.Request.(*wire.Ping).App,
			"ping-req":           helpers[0].Request.(*wire.PingRequest).App,
			"answer of ping":     out.Answers[0].Response.(*wire.Ping).App,
			"answer of ping-req": out.Answers[1].Response.(*wire.PingRequestResponse).App,
		}
		n.Request(3, &wire.PingRequest{Source: "127.0.0.1:3001", Target: n.Address()})
		if app := out.Answers[2].Response.(*wire.PingRequestResponse).App; app != "" {
			t.Errorf("a node that names no app in a ping-req is answered with %q", app)
		}
		for message, app := range apps {
			want := "test"
			if rules.AppInPingsOnly && message != "ping" {
				want = ""
			}
			if app != want {
				t.Errorf("%s names %q, want %q", message, app, want)
			}
		}
	}
}
