package core

import (
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// idleCore returns the core of a node of two members that has nothing to tell, the time, and a
// ping of the other one.
func idleCore(t testing.TB) (*Core, time.Time, *wire.Ping) {
	now := time.UnixMilli(1_700_000_000_000)
	c, err := New(DefaultConfig("app", "10.0.0.1:3000"), now)
	if err != nil {
		t.Fatal(err)
	}
	c.Bootstrap(now)
	c.Hosts(now, nil, nil)
	ping := &wire.Ping{
		App: "app", Source: "10.0.0.2:3000", SourceIncarnation: 1,
		Changes: wire.Changes(wire.Change{Address: "10.0.0.2:3000", Incarnation: 1, Source: "10.0.0.2:3000", SourceIncarnation: 1}),
	}
	for range 100 { // until there is nothing to tell any more
		c.Request(now, 1, ping)
		ping.Changes, ping.Checksum = wire.ChangeList{}, c.Node().Checksum()
	}
	c.Take()
	return c, now, ping
}

// handleIdlePing returns a function that lets an idle node answer a ping.
func handleIdlePing(t testing.TB) func() {
	c, now, ping := idleCore(t)
	return func() {
		c.Request(now, 1, ping)
		if out := c.Take(); len(out.Answers) != 1 || out.Answers[0].Err != nil {
			t.Fatalf("answers %v", out.Answers)
		}
	}
}

// sendIdlePing returns a function that lets an idle node send a ping, and take its answer.
func sendIdlePing(t testing.TB) func() {
	c, now, pong := idleCore(t)
	pong.App = ""
	return func() {
		now = now.Add(400 * time.Millisecond)
		c.Advance(now)
		out := c.Take()
		if len(out.Calls) != 1 || out.Calls[0].Purpose != swim.Probe {
			t.Fatalf("calls %v", out.Calls)
		}
		c.Response(now.Add(time.Millisecond), out.Calls[0].ID, pong, nil)
		c.Take()
	}
}

var idlePings = []struct {
	name string
	ping func(testing.TB) func()
}{{"handled", handleIdlePing}, {"sent", sendIdlePing}}

// At rest, pings cost the core no allocation, neither those that come in nor those that are
// sent, with their answers.
func TestIdlePingsAllocateNothing(t *testing.T) {
	for _, kind := range idlePings {
		if allocs := testing.AllocsPerRun(1000, kind.ping(t)); allocs > 0 {
			t.Errorf("%s: %v allocations", kind.name, allocs)
		}
	}
}

func BenchmarkIdlePing(b *testing.B) {
	for _, kind := range idlePings {
		b.Run(kind.name, func(b *testing.B) {
			once := kind.ping(b)
			b.ReportAllocs()
			for b.Loop() {
				once()
			}
		})
	}
}
