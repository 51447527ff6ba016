package core_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

func keepMajority(cfg *core.Config) { cfg.Resolve.Strategy = resolve.KeepMajority }

// serving returns for each node whether it may serve.
func (c *cluster) serving() (list []bool) {
	for _, n := range c.Nodes {
		list = append(list, n.Up && n.Core.Resolver().Serves())
	}
	return list
}

// serve reports whether those nodes may serve, by their numbers, and no others.
func (c *cluster) serve(want ...int) func() bool {
	return func() bool {
		for i, serves := range c.serving() {
			if serves != slices.Contains(want, i+1) {
				return false
			}
		}
		return true
	}
}

func resolvingCluster(t *testing.T, configure func(*core.Config)) *cluster {
	t.Helper()
	c := newCluster(t, 5, configure)
	c.until("all serve", 20*time.Second, c.serve(1, 2, 3, 4, 5))
	c.run(resolve.MinSettle)
	return c
}

// The smaller side of a split stops, the larger one goes on, and all serve again when they
// are healed. A node that is restarted meanwhile does not serve for having forgotten.
func TestTheMinorityIsFencedUntilItIsHealed(t *testing.T) {
	c := resolvingCluster(t, keepMajority)
	c.do("cut 1,2 | 3-5")
	c.run(5 * time.Second)
	if !c.serve(1, 2, 3, 4, 5)() {
		t.Fatalf("before anything is decided %v serve", c.serving())
	}
	c.until("the minority stops", 40*time.Second, c.serve(3, 4, 5))
	c.until("the majority has decided", 10*time.Second, func() bool { return c.Nodes[4].Core.Resolver().State() == resolve.Kept })
	c.do("crash 1")
	c.run(time.Second)
	c.do("restart 1")
	c.run(2 * time.Minute)
	if !c.serve(3, 4, 5)() {
		t.Fatalf("after a restart in the minority %v serve", c.serving())
	}
	c.do("mend")
	c.until("all serve again", time.Minute, c.serve(1, 2, 3, 4, 5))
	c.until("no member is missed", 10*time.Second, func() bool { return c.Nodes[4].Core.Resolver().State() == resolve.Stable })
}

// A process that was stopped does not serve when it goes on, until others say that it may.
func TestAfterAPauseOthersAreAsked(t *testing.T) {
	for name, gossip := range map[string]bool{"gossiping": true, "not gossiping": false} {
		t.Run(name, func(t *testing.T) {
			c := resolvingCluster(t, keepMajority)
			n := c.Nodes[1]
			c.Input(n, func(c *core.Core, local time.Time) { c.SetGossip(local, gossip) })
			c.run(time.Second)
			c.do("pause 2 time=4s")
			c.run(4*time.Second + time.Nanosecond)
			if n.Core.Resolver().Serves() {
				t.Fatal("it serves as if nothing had happened")
			}
			c.until("it serves", time.Minute, func() bool { return n.Core.Resolver().Serves() })
		})
	}
}

// What others have said before a process was stopped says nothing afterwards: they may have
// decided meanwhile.
func TestAnswersFromBeforeAPauseAreOld(t *testing.T) {
	c := resolvingCluster(t, keepMajority)
	n := c.Nodes[1].Core
	now := c.Nodes[1].LocalTime(c.Now).Add(4 * time.Second)
	n.Advance(now)
	ask := func() (id swim.CallID) {
		t.Helper()
		for range 10 {
			for _, call := range n.Take().Calls {
				if call.Purpose == swim.ResolveState {
					return call.ID
				}
			}
			now = now.Add(200 * time.Millisecond)
			n.Advance(now)
		}
		t.Fatal("no member is asked")
		return 0
	}
	answer := func() *wire.ResolveResponse {
		return &wire.ResolveResponse{State: "stable", Serves: true, Checksum: n.Node().Checksum()}
	}
	id := ask()
	now = now.Add(time.Minute)
	n.Response(now, id, answer(), nil)
	if n.Resolver().Serves() {
		t.Error("an answer from before a pause ends it")
	}
	n.Response(now, ask(), answer(), nil)
	if !n.Resolver().Serves() {
		t.Error("an answer from after it does not")
	}
}

// A resolver that observes decides, and changes nothing.
func TestObservingChangesNothing(t *testing.T) {
	history := func(configure func(*core.Config)) map[wire.Address][]string {
		c := newCluster(t, 5, configure)
		told := &changes{of: make(map[wire.Address][]string)}
		c.Observe(told)
		c.run(time.Minute)
		c.do("cut 1,2 | 3-5")
		c.run(time.Minute)
		c.do("mend")
		c.run(time.Minute)
		return told.of
	}
	off := history(nil)
	observing := history(func(cfg *core.Config) { keepMajority(cfg); cfg.Resolve.Policy = resolve.Observe })
	if len(off) != 5 {
		t.Errorf("%d nodes have a history", len(off))
	}
	if diff := cmp.Diff(off, observing); diff != "" {
		t.Errorf("an observer changes what happens (-without +with):\n%s", diff)
	}
}

// Off is the default, and says nothing.
func TestResolverIsOffByDefault(t *testing.T) {
	c := newCluster(t, 2, nil)
	if n := c.Nodes[0].Core; n.Resolver() != nil || len(n.Node().Labels()) > 0 || n.AllAgree() {
		t.Error("there is a resolver")
	}
	if err := c.Nodes[0].Core.Keep(c.Nodes[0].LocalTime(c.Now)); !errors.Is(err, core.ErrNoResolver) {
		t.Errorf("keep: %v", err)
	}
	on := newCluster(t, 1, keepMajority)
	if on.Nodes[0].Core.Node().Labels()["__born"] != "1700000000000" {
		t.Errorf("labels %v", on.Nodes[0].Core.Node().Labels())
	}
}

// Nodes that have a resolver can be mixed with such that have none, of any version.
func TestMixedWithNodesWithoutAResolver(t *testing.T) {
	c := newCluster(t, 4, nil)
	c.until("all agree", 10*time.Second, c.converged)
	c.do("crash 1")
	c.run(time.Second)
	c.configure(keepMajority)
	c.do("restart 1")
	c.until("it serves", time.Minute, func() bool { return c.Nodes[0].Core.Resolver().Serves() })
}

func TestWhoIsAnsweredAboutServing(t *testing.T) {
	c := newCluster(t, 2, keepMajority)
	n := c.Nodes[0]
	ask := func(r *wire.ResolveRequest) (response *wire.ResolveResponse, err error) {
		n.Core.Request(n.LocalTime(c.Now), 77, r)
		for _, a := range n.Core.Take().Answers {
			if a.To == 77 {
				response, _ = a.Response.(*wire.ResolveResponse)
				return response, a.Err
			}
		}
		t.Fatal("no answer")
		return nil, nil
	}
	if r, err := ask(&wire.ResolveRequest{App: "sim", Source: "127.0.0.1:9"}); err != nil || r.State != "starting" || r.Serves {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := ask(&wire.ResolveRequest{App: "other", Source: "127.0.0.1:9"}); !errors.Is(err, swim.ErrOtherApp) {
		t.Errorf("another app: %v", err)
	}
	// By another of its addresses it would count itself twice.
	if _, err := ask(&wire.ResolveRequest{App: "sim", Source: n.Address}); !errors.Is(err, swim.ErrOwnAddress) {
		t.Errorf("itself: %v", err)
	}
}

// All have the ring of a node when each has sent its checksum.
func TestAllAgree(t *testing.T) {
	guarded := func(cfg *core.Config) { keepMajority(cfg); cfg.Resolve.Handover = cfg.Resolve.SafeHandover() }
	c := newCluster(t, 3, guarded)
	n := c.Nodes[0]
	c.until("all have joined", 20*time.Second, c.converged)
	c.until("all agree", 20*time.Second, n.Core.AllAgree)
	c.do("crash 3")
	c.until("one is suspect", 20*time.Second, func() bool { return c.holds(n, c.Nodes[2]) != wire.Alive })
	if n.Core.AllAgree() {
		t.Error("all agree although one has just become suspect")
	}
	c.until("one is faulty", 20*time.Second, func() bool { return c.holds(n, c.Nodes[2]) == wire.Faulty })
	c.run(10 * time.Second)
	if n.Core.AllAgree() {
		t.Error("all agree although one is unreachable, who may serve")
	}
}
