package swim

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// What is said again and again is said anew when it changes.
func TestAnIdlePingSaysWhatHolds(t *testing.T) {
	var out Effects
	n := New(DefaultConfig("app", "10.0.0.1:3000"), time.UnixMilli(1_700_000_000_000), rand.New(rand.NewPCG(1, 2)), &out, NewCalls(&out))
	n.Bootstrap()
	n.Hosts(nil, nil)
	first := n.newPing(wire.ChangeList{})
	if again := n.newPing(wire.ChangeList{}); again != first {
		t.Error("nothing has changed, and there is another ping")
	}
	if pong := n.newPong(wire.ChangeList{}); pong == first || pong.App != n.namedApp() {
		t.Errorf("the answer is %+v", pong)
	}
	n.SetStatus(wire.Leave)
	want := wire.Ping{App: "app", Source: n.self.Address, SourceIncarnation: n.self.Incarnation, Checksum: n.Checksum()}
	got := n.newPing(wire.ChangeList{})
	if got.App != want.App || got.Source != want.Source || got.SourceIncarnation != want.SourceIncarnation || got.Checksum != want.Checksum {
		t.Errorf("it says %+v, want %+v", got, want)
	}
	if first.Checksum == got.Checksum || got.Changes.Len() != 0 {
		t.Errorf("it says %+v after %+v", got, first)
	}
	told := n.newPing(wire.Changes(wire.Change{Address: "10.0.0.2:3000", Incarnation: 2}))
	if told.Changes.Len() != 1 || n.newPing(wire.ChangeList{}) != got {
		t.Error("changes get into pings without any")
	}
}
