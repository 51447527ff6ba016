package core_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

func keepMajority(cfg *core.Config) { cfg.Resolve.Strategy = resolve.KeepMajority }

// serving tells of each node of a carrier whether it may serve.
func (c *carrier) serving() (list []bool) {
	for _, n := range c.nodes {
		list = append(list, n.up && n.Resolver().Serves())
	}
	return list
}

func (c *carrier) serve(want ...int) func() bool {
	return func() bool {
		for i, serves := range c.serving() {
			wanted := false
			for _, w := range want {
				wanted = wanted || w == i
			}
			if serves != wanted {
				return false
			}
		}
		return true
	}
}

// split cuts the first nodes off from the others.
func (c *carrier) split(first int) {
	side := func(a wire.Address) bool { return a < c.nodes[first].address }
	c.cut = func(from, to wire.Address) bool { return side(from) != side(to) }
}

func (c *carrier) mend() { c.cut = func(_, _ wire.Address) bool { return false } }

func resolvingCluster(t *testing.T, configure func(*core.Config)) *carrier {
	t.Helper()
	c := newCarrier(t, 5, configure)
	c.until("all serve", 20*time.Second, c.serve(0, 1, 2, 3, 4))
	c.run(resolve.MinSettle)
	return c
}

// The smaller side of a split stops, the larger one goes on, and all serve again when they
// are healed. A node that is restarted meanwhile does not serve for having forgotten.
func TestTheMinorityIsFencedUntilItIsHealed(t *testing.T) {
	c := resolvingCluster(t, keepMajority)
	c.split(2)
	c.run(5 * time.Second)
	if !c.serve(0, 1, 2, 3, 4)() {
		t.Fatalf("before anything is decided %v serve", c.serving())
	}
	c.until("the minority stops", 40*time.Second, c.serve(2, 3, 4))
	c.until("the majority has decided", 10*time.Second, func() bool { return c.nodes[4].Resolver().State() == resolve.Kept })
	c.kill(0)
	c.run(time.Second)
	c.start(0, keepMajority)
	c.run(2 * time.Minute)
	if !c.serve(2, 3, 4)() {
		t.Fatalf("after a restart in the minority %v serve", c.serving())
	}
	c.mend()
	c.until("all serve again", time.Minute, c.serve(0, 1, 2, 3, 4))
	c.until("nobody is missed", 10*time.Second, func() bool { return c.nodes[4].Resolver().State() == resolve.Stable })
}

// A process that was stopped does not serve when it goes on, until others say that it may.
func TestAfterAPauseOthersAreAsked(t *testing.T) {
	for name, gossip := range map[string]bool{"gossiping": true, "not gossiping": false} {
		t.Run(name, func(t *testing.T) {
			c := resolvingCluster(t, keepMajority)
			n := c.nodes[1]
			n.SetGossip(c.clock(n), gossip)
			c.run(time.Second)
			c.pause(1, 4*time.Second)
			c.run(4*time.Second + time.Nanosecond)
			if n.Resolver().Serves() {
				t.Fatal("it serves as if nothing had happened")
			}
			c.until("it serves", time.Minute, func() bool { return n.Resolver().Serves() })
		})
	}
}

// A resolver that observes decides, and changes nothing.
func TestObservingChangesNothing(t *testing.T) {
	history := func(configure func(*core.Config)) map[wire.Address][]swim.Event {
		c := newCarrier(t, 5, configure)
		c.run(time.Minute)
		c.split(2)
		c.run(time.Minute)
		c.mend()
		c.run(time.Minute)
		events := make(map[wire.Address][]swim.Event)
		for _, n := range c.nodes {
			for _, e := range n.events {
				if m, ok := e.(swim.MembersChanged); ok {
					events[n.address] = append(events[n.address], m)
				}
			}
		}
		return events
	}
	off := history(nil)
	lost := 0
	observing := history(func(cfg *core.Config) { keepMajority(cfg); cfg.Resolve.Policy = resolve.Observe })
	for address, events := range off {
		if len(events) != len(observing[address]) {
			t.Errorf("%s: %d changes of members, %d with an observer", address, len(events), len(observing[address]))
		}
		for i, e := range events[:min(len(events), len(observing[address]))] {
			if a, b := describe(e), describe(observing[address][i]); a != b {
				t.Fatalf("%s: %s is %s with an observer", address, a, b)
			}
		}
		lost++
	}
	if lost != 5 {
		t.Errorf("%d nodes have a history", lost)
	}
}

// Off is the default, and says nothing.
func TestResolverIsOffByDefault(t *testing.T) {
	c := newCarrier(t, 2, nil)
	if n := c.nodes[0]; n.Resolver() != nil || len(n.Node().Labels()) > 0 || n.AllAgree() {
		t.Error("there is a resolver")
	}
	if err := c.nodes[0].Keep(c.now); !errors.Is(err, core.ErrNoResolver) {
		t.Errorf("keep: %v", err)
	}
	on := newCarrier(t, 1, keepMajority)
	if on.nodes[0].Node().Labels()["__born"] != "1700000000000" {
		t.Errorf("labels %v", on.nodes[0].Node().Labels())
	}
}

// Nodes that have a resolver can be mixed with such that have none, of any version.
func TestMixedWithNodesWithoutAResolver(t *testing.T) {
	c := newCarrier(t, 4, nil)
	c.until("all agree", 10*time.Second, c.converged)
	c.kill(0)
	c.run(time.Second)
	c.start(0, keepMajority)
	c.until("it serves", time.Minute, func() bool { return c.nodes[0].Resolver().Serves() })
}

func TestWhoIsAnsweredAboutServing(t *testing.T) {
	c := newCarrier(t, 2, keepMajority)
	n := c.nodes[0]
	ask := func(r *wire.ResolveRequest) (response *wire.ResolveResponse, err error) {
		n.Request(c.clock(n), 77, r)
		for _, a := range n.Take().Answers {
			if a.To == 77 {
				response, _ = a.Response.(*wire.ResolveResponse)
				return response, a.Err
			}
		}
		t.Fatal("no answer")
		return nil, nil
	}
	if r, err := ask(&wire.ResolveRequest{App: "test", Source: "127.0.0.1:9"}); err != nil || r.State != "starting" || r.Serves {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := ask(&wire.ResolveRequest{App: "other", Source: "127.0.0.1:9"}); !errors.Is(err, swim.ErrOtherApp) {
		t.Errorf("another app: %v", err)
	}
	// By another of its addresses it would count itself twice.
	if _, err := ask(&wire.ResolveRequest{App: "test", Source: n.address}); !errors.Is(err, swim.ErrOwnAddress) {
		t.Errorf("itself: %v", err)
	}
}

// All have the ring of a node when each has sent its checksum.
func TestAllAgree(t *testing.T) {
	guarded := func(cfg *core.Config) { keepMajority(cfg); cfg.Resolve.Handover = cfg.Resolve.SafeHandover() }
	c := newCarrier(t, 3, guarded)
	n := c.nodes[0]
	c.until("all have joined", 20*time.Second, c.converged)
	c.until("all agree", 20*time.Second, n.AllAgree)
	c.kill(2)
	c.until("one is suspect", 20*time.Second, func() bool { m, _ := n.Node().Member(c.nodes[2].address); return m.Status != wire.Alive })
	if n.AllAgree() {
		t.Error("all agree although one has just become suspect")
	}
	c.until("one is faulty", 20*time.Second, func() bool { m, _ := n.Node().Member(c.nodes[2].address); return m.Status == wire.Faulty })
	c.run(10 * time.Second)
	if n.AllAgree() {
		t.Error("all agree although one is unreachable, who may serve")
	}
}
