package world

import (
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/script"
)

// A connection over which something was sent in vain stays dead after the cut, in both
// directions, until TCP sends again. A new one beside it carries calls at once.
func TestConnectionsStayDeadAfterACut(t *testing.T) {
	for _, reconnect := range []bool{false, true} {
		w := New(parse(t, "nodes 3\nwarm"))
		w.Begin()
		w.RunUntil(time.Second)
		answers := &joinAnswers{world: w}
		w.Observe(answers)
		from, to := w.Nodes[0], w.Nodes[1]
		join := func(from, to *Node) {
			w.call(from, &swim.Call{ID: 1 << 40, Target: to.Address, Timeout: time.Minute, Request: &wire.JoinRequest{App: "sim", Source: from.Address, Incarnation: 1}})
		}
		w.Net.cuts = []cut{{part: []uint8{1, 2, 0}, how: script.HowBackOff}}
		join(from, to)
		w.RunUntil(8 * time.Second)
		if len(answers.at) > 0 {
			t.Fatalf("a cut lets a join through: %v", answers.at)
		}
		w.Net.cuts = nil
		w.flow()
		until := w.dead[[2]int32{0, 1}].until
		if until <= w.Now || until > w.Now+8*time.Second {
			t.Fatalf("dead until %v at %v", until, w.Now)
		}
		if reconnect {
			w.Reconnect(to, from)
		}
		join(to, from)
		join(from, w.Nodes[2]) // another connection
		w.RunUntil(until - time.Millisecond)
		want := 1
		if reconnect {
			want = 2
		}
		if len(answers.at) != want {
			t.Errorf("reconnected %t: answered at %v, dead until %v", reconnect, answers.at, until)
		}
		w.RunUntil(until + time.Second)
		if len(answers.at) != 3 {
			t.Errorf("reconnected %t: answered at %v, dead until %v", reconnect, answers.at, until)
		}
	}
}
