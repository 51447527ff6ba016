package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/script"
	"github.com/ringmend/ringmend/sim/world"
)

// cluster is a world of the simulator that a test drives by hand.
type cluster struct {
	*world.World
	t *testing.T
}

func newCluster(t *testing.T, n int, configure func(*core.Config)) *cluster {
	t.Helper()
	s := script.New(n)
	s.Spread, s.Latency, s.Jitter = 0, time.Millisecond, 0
	c := &cluster{World: world.New(s), t: t}
	c.configure(configure)
	c.Begin()
	c.run(0)
	return c
}

// configure has all processes that are started from now on have other settings.
func (c *cluster) configure(configure func(*core.Config)) {
	c.Configure(func(_ *world.Node, cfg *core.Config) {
		if configure != nil {
			configure(cfg)
		}
	})
}

// do carries out a step of a script, such as "crash 3".
func (c *cluster) do(step string) {
	c.t.Helper()
	s, err := script.ParseStep(step)
	if err != nil {
		c.t.Fatal(err)
	}
	c.Perform(&s)
}

// run lets time pass.
func (c *cluster) run(d time.Duration) {
	c.t.Helper()
	c.RunUntil(c.Now + d)
	if c.Violation != nil {
		c.t.Fatal(c.Violation.Report())
	}
}

// until lets time pass until ok holds, and fails the test when it takes longer than the
// limit.
func (c *cluster) until(what string, limit time.Duration, ok func() bool) {
	c.t.Helper()
	for began := c.Now; !ok(); c.run(10 * time.Millisecond) {
		if c.Now-began > limit {
			c.t.Fatalf("not within %v: %s\n%s", limit, what, c.state())
		}
	}
}

// converged reports whether all nodes that are up agree, and hold exactly those
// alive that are.
func (c *cluster) converged() bool {
	var first *world.Node
	for _, n := range c.Nodes {
		switch {
		case !n.Up:
			continue
		case first == nil:
			first = n
		}
		if table := n.Core.Node(); !table.Ready() || table.Checksum() != first.Core.Node().Checksum() {
			return false
		}
		for _, other := range c.Nodes {
			if (c.holds(n, other) == wire.Alive) != other.Up {
				return false
			}
		}
	}
	return true
}

// unknown is the status of a member that is not known.
const unknown = wire.Tombstone

// holds returns the status in which a node holds another one.
func (c *cluster) holds(n, other *world.Node) wire.Status {
	if m, ok := n.Core.Node().Member(other.Address); ok {
		return m.Status
	}
	return unknown
}

func (c *cluster) state() string {
	var b strings.Builder
	for _, n := range c.Nodes {
		fmt.Fprintf(&b, "node %d, %s, checksum %d:", n.Number(), n.State(), n.Core.Node().Checksum())
		for _, m := range n.Core.Node().Members() {
			fmt.Fprintf(&b, " %s=%v@%d", c.Name(m.Address), m.Status, m.Incarnation-world.Epoch.UnixMilli())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// changes is an observer that keeps the changes of members that nodes have told, in words.
type changes struct {
	world.Nothing
	of map[wire.Address][]string
}

func (l *changes) Changed(n, _ *world.Node, c *swim.MemberChange) {
	text := fmt.Sprintf("-%v", c.Before)
	if c.After != nil {
		text = fmt.Sprintf("%s=%v@%d", c.After.Address, c.After.Status, c.After.Incarnation)
	}
	l.of[n.Address] = append(l.of[n.Address], text)
}
