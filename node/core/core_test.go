package core_test

import (
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
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

// All nodes restart at once with clocks that are an hour behind. They must
// out-bid what the last one that was left remembers of them. (Defect 15.)
func TestMassRestartWithOlderClocks(t *testing.T) {
	c := newCarrier(t, 6, nil)
	c.until("six nodes agree", 10*time.Second, c.converged)
	for i := 1; i < 6; i++ {
		c.kill(i)
	}
	c.run(3 * time.Second) // some are suspect, some not noticed yet
	for i := 1; i < 6; i++ {
		c.nodes[i].skew = -time.Hour
		c.start(i, nil)
	}
	c.until("all are alive again", 15*time.Second, c.converged)
}

// A node that is cut off for so long that the others have forgotten it is taken
// back.
func TestForgottenNodeComesBack(t *testing.T) {
	short := func(c *core.Config) {
		c.Swim.FaultyPeriod = 5 * time.Second
		c.Swim.TombstonePeriod = 2 * time.Second
	}
	c := newCarrier(t, 4, short)
	c.until("four nodes agree", 10*time.Second, c.converged)
	lost := c.nodes[2].address
	c.cut = func(from, to wire.Address) bool { return from == lost || to == lost }
	c.until("the others have forgotten it", time.Minute, func() bool {
		for i, n := range c.nodes {
			if _, known := n.Node().Member(lost); i != 2 && known {
				return false
			}
		}
		return true
	})
	c.cut = func(from, to wire.Address) bool { return false }
	c.until("it is taken back", 3*time.Minute, c.converged)
}

// A process that was stopped for a minute accuses nobody when it goes on, and
// refutes what was said of it.
func TestStoppedProcessGoesOn(t *testing.T) {
	c := newCarrier(t, 5, nil)
	c.until("five nodes agree", 10*time.Second, c.converged)
	c.pause(1, time.Minute)
	c.run(time.Minute)
	for _, n := range c.nodes {
		n.events = nil
	}
	c.until("all agree again", 3*time.Minute, c.converged)
	for _, n := range c.nodes {
		for _, e := range n.events {
			if m, ok := e.(swim.MembersChanged); ok && m.Changes[0].After != nil && m.Changes[0].After.Status > wire.Suspect {
				t.Errorf("%s held faulty after all were up: %s", m.Changes[0].After.Address, describe(e))
			}
		}
	}
}

// With one side gone for good, the other one makes few dials. (Defect 11: the
// published healer dials the dead of a fixed list for ever, ten at a time.)
func TestDialsToTheDeadAreFew(t *testing.T) {
	c := newCarrier(t, 8, nil)
	c.until("eight nodes agree", 10*time.Second, c.converged)
	for i := range 4 {
		c.kill(i)
	}
	c.until("they are faulty", time.Minute, func() bool {
		m, _ := c.nodes[7].Node().Member(c.nodes[0].address)
		return m.Status == wire.Faulty && c.converged()
	})
	c.dials = 0
	c.run(10 * time.Minute)
	if c.dials > 280 { // 120 in the first two minutes, then less and less
		t.Errorf("%d dials to the dead in the first ten minutes", c.dials)
	}
	c.dials = 0
	c.run(30 * time.Minute)
	if c.dials > 30*7 { // 6 a minute, and some for chance
		t.Errorf("%d dials to the dead in the 30 minutes after that", c.dials)
	}
	if c.dials == 0 {
		t.Error("nobody looks for the dead")
	}
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

// A node that is left alone notices, though no helper can confirm it.
func TestLastNodeNoticesThatTheOthersAreGone(t *testing.T) {
	c := newCarrier(t, 6, nil)
	c.until("six nodes agree", 10*time.Second, c.converged)
	for i := 1; i < 6; i++ {
		c.kill(i)
	}
	c.until("the last one holds the others faulty", 30*time.Second, func() bool {
		faulty := 0
		c.nodes[0].Node().Each(func(m *swim.Member) bool {
			if m.Status == wire.Faulty {
				faulty++
			}
			return true
		})
		return faulty == 5
	})
}
