package swim

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// What a ping costs at rest that comes in, and is answered: the answer itself, and no more.
func TestAnIdlePingCostsItsAnswer(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	var out Effects
	n := New(DefaultConfig("app", "10.0.0.1:3000"), now, rand.New(rand.NewPCG(1, 2)), &out, NewCalls(&out))
	n.Bootstrap()
	n.Hosts(nil, nil)
	n.Update([]wire.Change{{Address: "10.0.0.2:3000", Incarnation: 1, Status: wire.Alive}})
	ping := &wire.Ping{App: "app", Source: "10.0.0.2:3000", SourceIncarnation: 1, Checksum: n.Checksum()}
	for range 100 { // until there is nothing to tell any more
		n.Request(1, ping)
	}
	allocs := testing.AllocsPerRun(1000, func() {
		out.Answers, out.Events = out.Answers[:0], out.Events[:0]
		n.Request(1, ping)
	})
	if allocs > 1 {
		t.Errorf("%v allocations, want the answer only", allocs)
	}
}
