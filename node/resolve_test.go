package node_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// By policy exit a node that has lost evicts itself, and says that the program should end.
func TestPolicyExit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := resolverLab(t, 3, func(c *node.Config) { c.Resolve.Policy = node.PolicyExit })
		l.split(1, true)
		select {
		case <-l.nodes[0].Lost():
		case <-l.nodes[1].Lost():
			t.Error("one of the majority has lost")
		case <-time.After(time.Minute):
			t.Fatal("the one of the minority has not lost")
		}
		if _, err := l.nodes[0].Owner("a key"); !errors.Is(err, node.ErrFenced) {
			t.Errorf("owner: %v", err)
		}
	})
}

// By policy observe a node decides, says so, and refuses nothing.
func TestPolicyObserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := resolverLab(t, 3, func(c *node.Config) { c.Resolve.Policy = node.PolicyObserve })
		l.split(1, true)
		eventually(t, "one would be fenced", time.Minute, func() bool { return l.logs.line("has lost", "policy=observe") != "" })
		if _, err := l.nodes[0].Accept("a key"); !l.serve(0, 1, 2) || err != nil && !errors.Is(err, node.ErrNotOwner) {
			t.Errorf("something is refused: %v", err)
		}
		if err := l.health(0); err != nil {
			t.Errorf("health: %v", err)
		}
	})
}

func TestResolveSettingsThatMakeNoSense(t *testing.T) {
	for name, spoil := range map[string]func(*node.Config){
		"no lease":              func(c *node.Config) { c.Resolve.Strategy = node.LeaseMajority },
		"a lease too many":      func(c *node.Config) { c.Resolve.Lease = new(storeInMemory) },
		"a file without use":    func(c *node.Config) { c.Resolve = node.Resolve{StateFile: "x"} },
		"too short a handover":  func(c *node.Config) { c.Resolve.Handover = time.Second },
		"too short a pause":     func(c *node.Config) { c.Resolve.MaxPause = time.Millisecond },
		"no such policy":        func(c *node.Config) { c.Resolve.Policy = 7 },
		"no quorum":             func(c *node.Config) { c.Resolve.Strategy = node.StaticQuorum },
		"a referee of nonsense": func(c *node.Config) { c.Resolve.Referee = "nowhere" },
	} {
		var network memnet.Network
		cfg := node.Config{App: "test", Address: "10.0.0.1:3000", Hosts: new(hostList), Transport: network.NewTransport()}
		cfg.Resolve.Strategy = node.KeepMajority
		spoil(&cfg)
		if n, err := node.New(cfg); !errors.Is(err, swim.ErrConfig) {
			t.Errorf("%s: %v, %v", name, n, err)
		}
	}
}

// Tools are told what the resolver thinks, and can end a fencing.
func TestResolverForTools(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := resolverLab(t, 5, func(c *node.Config) {
			c.Labels, c.AdminFrom = map[string]string{"rack": c.Address}, node.Anywhere()
		})
		call := func(i int, endpoint string, args, answer any) error {
			t.Helper()
			body, err := wire.Marshal(args)
			if err != nil {
				t.Fatal(err)
			}
			body, err = l.network.NewTransport().Call(t.Context(), l.address(i), endpoint, body)
			if err != nil || answer == nil {
				return err
			}
			return wire.Unmarshal(body, answer)
		}
		status := func(i int) (s wire.ResolveStatus) {
			t.Helper()
			if err := call(i, wire.EndpointResolve, nil, &s); err != nil {
				t.Fatal(err)
			}
			return s
		}
		s := status(0)
		if s.State != "stable" || s.Refuses != "" || s.Now.Own != 5 || !s.Now.Keep || len(s.Members) != 5 || s.DecidesIn != nil || s.Last != nil || s.Settings.StableAfter != 20_000 {
			t.Errorf("at rest: %+v", s)
		}
		for _, m := range s.Members {
			if !m.Counts || m.Born == nil {
				t.Errorf("member %+v", m)
			}
		}
		l.split(2, true)
		eventually(t, "a decision is due", time.Minute, func() bool { return status(0).DecidesIn != nil })
		if s := status(0); s.State != "uncertain" || s.Refuses != "" || len(s.Missed) == 0 {
			t.Errorf("uncertain: %+v", s)
		}
		eventually(t, "the minority is fenced", time.Minute, func() bool { return l.serve(2, 3, 4) })
		time.Sleep(10 * time.Second)
		_, _ = l.nodes[0].Owner("a key")
		s = status(0)
		if s.State != "lost" || s.Refuses != "fenced" || s.Last == nil || s.Last.Keep || s.Last.Own != 2 || s.Counts.Lost != 1 || s.Counts.Fenced < 10_000 || s.Counts.Refusals["fenced"] == 0 {
			t.Errorf("lost: %+v", s)
		}
		accept := func(i int) (answer wire.AcceptResponse) {
			t.Helper()
			if err := call(i, wire.EndpointAccept, wire.AcceptRequest{Keys: []string{"a key"}}, &answer); err != nil {
				t.Fatal(err)
			}
			return answer
		}
		if a := accept(0); a.Refused["a key"] != "fenced" || status(0).Counts.Refusals["fenced"] != s.Counts.Refusals["fenced"] {
			t.Errorf("accept on the minority: %+v; a look counts as a request", a)
		}
		accepted := 0
		for i := 2; i < 5; i++ {
			switch a := accept(i); {
			case a.Epoch != 1:
				t.Errorf("accept on the majority: %+v", a)
			case a.Refused["a key"] == "":
				accepted++
			}
		}
		if accepted != 1 {
			t.Errorf("%d of the majority accept a key", accepted)
		}
		var off wire.ResolveWrittenOff
		if err := call(0, wire.EndpointResolveWriteOff, wire.ResolveWriteOff{Address: "10.0.0.9:1"}, &off); err != nil || off.Missed {
			t.Errorf("write off a stranger: %+v, %v", off, err)
		}
		if err := call(0, wire.EndpointResolveWriteOff, struct{}{}, &off); err == nil {
			t.Error("write off no address: no error")
		}
		for i := 2; i < 5; i++ {
			if err := call(0, wire.EndpointResolveWriteOff, wire.ResolveWriteOff{Address: wire.Address(l.address(i))}, &off); err != nil || !off.Missed {
				t.Errorf("write off: %+v, %v", off, err)
			}
		}
		if err := call(1, wire.EndpointResolveKeep, nil, nil); err != nil {
			t.Error(err)
		}
		if s := status(1); s.State != "kept" || len(s.WrittenOff) != 3 || s.Epoch != 1 {
			t.Errorf("kept by an operator: %+v", s)
		}
		// Node 1 is told before node 0 serves, whose base it would take over.
		eventually(t, "both serve without those who were written off", time.Minute, func() bool { return l.serve(0, 1, 2, 3, 4) })
	})
}
