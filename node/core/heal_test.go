package core_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/wire"
)

// splitFor cuts the first nodes of a cluster off from the rest for a while, and
// returns how long it takes from the network's return until all agree.
func splitFor(t *testing.T, n, first int, d time.Duration, seed uint64) time.Duration {
	c := newCarrier(t, n, func(cfg *core.Config) { cfg.Seed += seed })
	c.until("all agree", 20*time.Second, c.converged)
	left := make(map[wire.Address]bool)
	for i := range first {
		left[c.nodes[i].address] = true
	}
	c.cut = func(from, to wire.Address) bool { return left[from] != left[to] }
	c.run(d)
	harmless(t, c)
	c.cut = func(wire.Address, wire.Address) bool { return false }
	took := c.until("one membership again", time.Minute, c.converged)
	harmless(t, c)
	return took
}

// harmless fails the test when a node of one side was held faulty by its own side.
func harmless(t *testing.T, c *carrier) {
	t.Helper()
	for _, n := range c.nodes {
		for _, other := range c.nodes {
			m, _ := n.Node().Member(other.address)
			if m.Status == wire.Faulty && !c.cut(n.address, other.address) {
				t.Fatalf("%s holds %s faulty\n%s", n.address, other.address, c.state())
			}
		}
	}
}

// The time is the carrier's, so the same seeds give the same figures.
func TestPartitionsHealWithinSeconds(t *testing.T) {
	for _, test := range []struct{ nodes, first, seeds int }{{4, 2, 15}, {4, 1, 15}, {10, 5, 8}, {10, 1, 8}, {30, 15, 3}} {
		t.Run(fmt.Sprintf("%d from %d", test.first, test.nodes-test.first), func(t *testing.T) {
			var times []time.Duration
			for seed := range test.seeds {
				times = append(times, splitFor(t, test.nodes, test.first, 40*time.Second, uint64(1000*seed)))
			}
			slices.Sort(times)
			median, longest := times[len(times)/2], times[len(times)-1]
			if median > 3*time.Second || longest > 10*time.Second {
				t.Errorf("median %v, longest %v: more than 3 s and 10 s", median, longest)
			}
			t.Logf("median %v, longest %v of %d splits", median, longest, len(times))
		})
	}
}

// Both sides say that the cluster may be split, and that it is whole again.
func TestSplitAndHealAreTold(t *testing.T) {
	c := newCarrier(t, 4, nil)
	c.until("all agree", 20*time.Second, c.converged)
	left := map[wire.Address]bool{c.nodes[0].address: true, c.nodes[1].address: true}
	c.cut = func(from, to wire.Address) bool { return left[from] != left[to] }
	c.run(40 * time.Second)
	c.cut = func(wire.Address, wire.Address) bool { return false }
	c.until("one membership again", time.Minute, c.converged)
	c.run(2 * time.Second)
	merged := 0
	for _, n := range c.nodes {
		var suspected, whole []int
		for i, e := range n.events {
			switch e.(type) {
			case heal.PartitionSuspected:
				suspected = append(suspected, i)
			case heal.PartitionHealed:
				whole = append(whole, i)
			case heal.Merged:
				merged++
			}
		}
		if len(suspected) != 1 || len(whole) != 1 || whole[0] < suspected[0] {
			t.Errorf("%s: suspected at %v, whole at %v of its events", n.address, suspected, whole)
		}
	}
	if merged == 0 {
		t.Error("nobody says that it has merged")
	}
}
