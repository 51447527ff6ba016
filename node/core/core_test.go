package core_test

import (
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

func TestTwoCoresFindEachOther(t *testing.T) {
	c := newCarrier(t, 2, nil)
	c.until("two nodes agree", 5*time.Second, c.converged)
}

func TestSameSeedSameTrace(t *testing.T) {
	history := func() string {
		c := newCarrier(t, 5, nil)
		c.run(3 * time.Second)
		c.kill(2)
		c.run(10 * time.Second)
		c.start(2, nil)
		side := func(a wire.Address) bool { return a < "127.0.0.1:3002" }
		c.cut = func(from, to wire.Address) bool { return side(from) != side(to) }
		c.run(15 * time.Second)
		c.cut = func(from, to wire.Address) bool { return false }
		c.run(60 * time.Second)
		return c.trace.String()
	}
	first, second := history(), history()
	if first != second {
		t.Fatal("two runs with the same seed differ")
	}
	if len(first) < 10_000 {
		t.Fatalf("the trace has only %d bytes: nothing happened", len(first))
	}
}

func TestKilledNodeIsFaultyEverywhereAndComesBack(t *testing.T) {
	c := newCarrier(t, 10, nil)
	c.until("ten nodes agree", 10*time.Second, c.converged)
	c.kill(3)
	faulty := func() bool {
		for i, n := range c.nodes {
			if m, _ := n.Node().Member(c.nodes[3].address); i != 3 && m.Status != wire.Faulty {
				return false
			}
		}
		return c.converged()
	}
	c.until("the killed node is faulty everywhere", 12*time.Second, faulty)
	c.start(3, nil)
	c.until("it is back", 10*time.Second, c.converged)
}

func TestPartitionHeals(t *testing.T) {
	c := newCarrier(t, 8, nil)
	c.until("eight nodes agree", 10*time.Second, c.converged)
	side := func(a wire.Address) bool { return a < "127.0.0.1:3003" }
	c.cut = func(from, to wire.Address) bool { return side(from) != side(to) }
	c.until("each side holds the other faulty", 60*time.Second, func() bool {
		for _, n := range c.nodes {
			for _, other := range c.nodes {
				m, _ := n.Node().Member(other.address)
				if (m.Status == wire.Alive) != (side(n.address) == side(other.address)) {
					return false
				}
			}
		}
		return true
	})
	c.cut = func(from, to wire.Address) bool { return false }
	took := c.until("one membership again", 3*time.Minute, c.converged)
	t.Logf("healed after %v", took)
}
