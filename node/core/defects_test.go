package core_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// These tests name the defects of the published Ringpop nodes that the state
// machine must not have. Those of the node around it are in node/defects_test.go.

var (
	errTimedOut = errors.New("timed out")
	start       = time.UnixMilli(1_700_000_000_000)
)

// lone returns a node that knows some members, all played by the test.
func lone(t *testing.T, members ...wire.Address) *core.Core {
	t.Helper()
	c, err := core.New(core.DefaultConfig("test", "127.0.0.1:3000"), start)
	if err != nil {
		t.Fatal(err)
	}
	c.Bootstrap(start)
	c.Hosts(start, nil, nil)
	c.SetGossip(start, false)
	var list []wire.Change
	for _, m := range members {
		list = append(list, about(m, wire.Alive, 0))
	}
	c.Request(start, 0, &wire.Ping{Source: "127.0.0.1:1", Changes: wire.Changes(list...)})
	c.Take()
	return c
}

func about(member wire.Address, status wire.Status, incarnation int64) wire.Change {
	return wire.Change{Address: member, Status: status, Incarnation: start.UnixMilli() + incarnation}
}

// advance lets time pass while no call is answered.
func advance(c *core.Core, from time.Time, d time.Duration) time.Time {
	end := from.Add(d)
	for at, ok := c.Deadline(); ok && !at.After(end); at, ok = c.Deadline() {
		c.Advance(at)
	}
	c.Advance(end)
	return end
}

// Defect 1: a suspicion at a higher incarnation that arrives while the timer of
// an older one runs is ignored by it, and the member stays suspect for ever.
func TestDefect1StuckSuspect(t *testing.T) {
	c := lone(t, "b:1")
	c.Request(start, 1, &wire.Ping{Source: "c:1", Changes: wire.Changes(about("b:1", wire.Suspect, 0))})
	now := advance(c, start, 3*time.Second)
	c.Request(now, 2, &wire.Ping{Source: "c:1", Changes: wire.Changes(about("b:1", wire.Suspect, 1))})
	advance(c, now, 5*time.Second)
	if m, _ := c.Node().Member("b:1"); m.Status != wire.Faulty {
		t.Errorf("it is %v", m.Status)
	}
}

// Defect 2: refuting with the clock alone loses against an accusation from the
// future or from the same millisecond.
func TestDefect2RefutationThatLoses(t *testing.T) {
	for _, ahead := range []int64{0, int64(time.Hour / time.Millisecond)} {
		c := lone(t)
		accusation := about("127.0.0.1:3000", wire.Suspect, ahead)
		c.Request(start, 1, &wire.Ping{Source: "b:1", Changes: wire.Changes(accusation)})
		self := c.Node().Self()
		if swim.Overrides(swim.FlavourGo, &accusation, &self) || self.Status != wire.Alive {
			t.Errorf("accused %d ms ahead, it says %v@%d", ahead, self.Status, self.Incarnation)
		}
	}
}

// Defect 5: what a change costs grows with the cluster, and a list of joiners
// costs its square.
func TestDefect5CostGrowsWithTheCluster(t *testing.T) {
	allocations := func(n int) float64 {
		c := lone(t)
		list := make([]wire.Change, n)
		for i := range list {
			list[i] = about(wire.Address(fmt.Sprintf("10.0.0.1:%d", 1000+i)), wire.Alive, 0)
		}
		c.Request(start, 1, &wire.Ping{Source: "b:1", Changes: wire.Changes(list...)})
		one := &wire.Ping{Source: "b:1", Changes: wire.Changes(list[:1]...)}
		return testing.AllocsPerRun(100, func() {
			list[0].Incarnation++
			c.Request(start, 2, one)
			c.Take()
		})
	}
	small, large := allocations(10), allocations(5000)
	// The pending changes ride on every answer: one slice that grows.
	if large > small+40 {
		t.Errorf("a change costs %.0f allocations among 10 members and %.0f among 5,000", small, large)
	}
}

// Defect 6: changes of a ping-req that failed count as sent.
func TestDefect6FailedPingRequestCountsAsSent(t *testing.T) {
	c := lone(t, "b:1", "c:1")
	c.Request(start, 1, &wire.Ping{Source: "d:1", Changes: wire.Changes(about("e:1", wire.Faulty, 0))})
	c.Take()
	sendings := func() int { // until e is not sent any more
		n := 0
		for ; n < 1000; n++ {
			c.Request(start, 2, &wire.Ping{Source: "x:1"})
			if answer := c.Take().Answers[0].Response.(*wire.Ping); answer.Changes.Version() != 0 || answer.Changes.Len() == 0 {
				return n
			}
		}
		return n
	}
	for range 50 { // probes of which every call fails
		c.Tick(start, 3)
		for out := c.Take(); len(out.Calls) > 0; out = c.Take() {
			for _, call := range out.Calls {
				c.Response(start, call.ID, nil, errTimedOut)
			}
		}
	}
	if got := sendings(); got < 10 {
		t.Errorf("after calls that all failed, the changes are sent only %d times", got)
	}
}

// Defect 8: with fewer than three helpers, the failure of one convicts.
func TestDefect8HelperThatFailsConvicts(t *testing.T) {
	c := lone(t, "b:1", "c:1")
	c.Tick(start, 1)
	ping := c.Take().Calls[0]
	c.Response(start, ping.ID, nil, errTimedOut)
	helper := c.Take().Calls[0]
	c.Response(start, helper.ID, nil, errTimedOut)
	if m, _ := c.Node().Member(ping.Target); m.Status != wire.Alive {
		t.Errorf("it is %v", m.Status)
	}
}

// What takes a whole cluster to show (defects 7, 8, 11 and 15) is in sim/promises_test.go.
