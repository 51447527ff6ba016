package core_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/world"
)

// knows reports whether all nodes that are up know that a node is evicted, or that it is not.
func (c *cluster) knows(number int, evicted bool) bool {
	for _, n := range c.Nodes {
		if n.Up && n.Core.Evicted(c.Nodes[number-1].Address) != evicted {
			return false
		}
	}
	return true
}

// heldBy reports whether all nodes that are up hold a node to have left, or alive.
func (c *cluster) heldBy(number int, status wire.Status) bool {
	for _, n := range c.Nodes {
		if n.Up && c.holds(n, c.Nodes[number-1]) != status {
			return false
		}
	}
	return true
}

func (c *cluster) converge() {
	c.t.Helper()
	c.until("all agree", time.Minute, c.converged)
}

func TestAnEvictedNodeLeavesAndComesBack(t *testing.T) {
	c := newCluster(t, 5, nil)
	c.converge()
	c.do("expel 1 > 5")
	c.until("all know", 10*time.Second, func() bool { return c.knows(5, true) && c.heldBy(5, wire.Leave) })
	c.do("rejoin 5")
	c.run(5 * time.Second)
	if !c.heldBy(5, wire.Leave) {
		t.Error("it comes back although it is evicted")
	}
	c.do("restart 5")
	c.until("it has left again", 10*time.Second, func() bool { return c.Nodes[4].Joined && c.heldBy(5, wire.Leave) })
	c.do("readmit 2 > 5")
	c.until("it is back", 10*time.Second, func() bool { return c.knows(5, false) && c.heldBy(5, wire.Alive) })
}

// A node that an operator told to leave does not come back because it is readmitted.
func TestReadmittingIsNotRejoining(t *testing.T) {
	c := newCluster(t, 4, nil)
	c.converge()
	c.do("expel 1 > 4")
	c.until("it has left", 10*time.Second, func() bool { return c.heldBy(4, wire.Leave) })
	c.do("leave 4")
	c.do("readmit 1 > 4")
	c.until("all know", 10*time.Second, func() bool { return c.knows(4, false) })
	c.run(5 * time.Second)
	if !c.heldBy(4, wire.Leave) {
		t.Errorf("it is back:\n%s", c.state())
	}
}

// Any node may restart, the one that was told first.
func TestEvictionsOutliveTheNodeThatWasTold(t *testing.T) {
	c := newCluster(t, 6, nil)
	c.converge()
	c.do("expel 1 > 6")
	c.until("all know", 10*time.Second, func() bool { return c.knows(6, true) })
	c.do("crash 1")
	c.run(time.Minute)
	for _, number := range []string{"2", "3", "4", "5", "6", "1"} {
		c.do("restart " + number)
		c.until("it knows", 20*time.Second, func() bool { return c.knows(6, true) && c.heldBy(6, wire.Leave) })
		c.run(90 * time.Second)
	}
	carried := 0
	for _, n := range c.Nodes {
		if len(n.Core.Node().Labels()) > 0 {
			carried++
		}
	}
	if carried < 3 || carried > 5 {
		t.Errorf("%d nodes carry it", carried)
	}
}

// Of two words on two sides of a partition the later one counts, wherever it was said.
func TestPartitionsAgreeAboutTheLastWord(t *testing.T) {
	for last, evicted := range map[string]bool{"readmit 1 > 6": false, "expel 4 > 6": true} {
		c := newCluster(t, 6, nil)
		c.converge()
		c.do("expel 1 > 6")
		c.until("all know", 10*time.Second, func() bool { return c.knows(6, true) })
		c.do("cut 1-3 | 4-6 how=drop")
		c.run(30 * time.Second)
		if evicted {
			c.do("readmit 1 > 6")
			c.run(time.Second)
			c.do("readmit 5 > 6")
			c.run(time.Second)
		}
		c.do(last)
		c.run(10 * time.Second)
		c.do("mend")
		c.until("all know the last word", 2*time.Minute, func() bool { return c.knows(6, evicted) })
	}
}

// A member that is down for good is forgotten, and stays out if it comes back after all.
func TestEvictingTheDead(t *testing.T) {
	c := newCluster(t, 5, nil)
	c.converge()
	c.do("crash 5")
	c.until("it is faulty", time.Minute, func() bool { return c.heldBy(5, wire.Faulty) })
	c.do("expel 2 > 5")
	c.until("it is forgotten", 2*time.Minute, func() bool { return c.heldBy(5, unknown) && c.holds(c.Nodes[0], c.Nodes[4]) == unknown })
	c.do("restart 5")
	c.until("it has left", 20*time.Second, func() bool { return c.heldBy(5, wire.Leave) })
}

func TestWhatIsNotEvicted(t *testing.T) {
	c := newCluster(t, 2, nil)
	c.converge()
	word := func(n *world.Node, say func(*core.Core, time.Time, wire.Address) error, member wire.Address) (err error) {
		c.Input(n, func(c *core.Core, local time.Time) { err = say(c, local, member) })
		return err
	}
	evict := func(c *core.Core, now time.Time, a wire.Address) error {
		_, err := c.EvictMember(now, a)
		return err
	}
	readmit := func(c *core.Core, now time.Time, a wire.Address) error {
		_, err := c.ReadmitMember(now, a)
		return err
	}
	first, second := c.Nodes[0], c.Nodes[1]
	if err := word(first, readmit, second.Address); !errors.Is(err, core.ErrNotEvicted) {
		t.Errorf("readmit: %v", err)
	}
	if err := word(first, evict, second.Address); err != nil {
		t.Error(err)
	}
	c.until("both know", 10*time.Second, func() bool { return c.knows(2, true) })
	if err := word(first, evict, first.Address); !errors.Is(err, core.ErrLastMember) {
		t.Errorf("the last one: %v", err)
	}

	plain := newCluster(t, 2, func(cfg *core.Config) { cfg.Ringpop() })
	plain.until("all agree", time.Minute, plain.converged)
	plain.Input(plain.Nodes[0], func(c *core.Core, local time.Time) {
		if err := evict(c, local, plain.Nodes[1].Address); !errors.Is(err, core.ErrNoEvictions) {
			t.Errorf("with Ringpop's rules: %v", err)
		}
	})
}

// Nodes with Ringpop's rules pass evictions on, and otherwise do not care.
func TestEvictionsPassThroughOtherNodes(t *testing.T) {
	c := newCluster(t, 6, nil)
	c.Configure(func(n *world.Node, cfg *core.Config) {
		if n.Index >= 2 {
			cfg.Ringpop()
		}
	})
	c.do("restart 3-6")
	c.converge()
	c.do("expel 1 > 6")
	address := c.Nodes[5].Address
	c.until("the other node knows", 10*time.Second, func() bool { return c.Nodes[1].Core.Evicted(address) })
	c.run(3 * time.Minute)
	c.do("restart 1")
	c.until("it learns it again", 30*time.Second, func() bool { return c.Nodes[0].Core.Evicted(address) })
	if !c.heldBy(6, wire.Alive) {
		t.Errorf("it leaves, though it does not know the rule:\n%s", c.state())
	}
}
