package node_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/wire"
)

// A list of hosts that holds only the node itself makes a cluster of one: loudly,
// and only until others join it.
func TestAloneUntilOthersJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var network memnet.Network
		var logs logBuffer
		hosts := new(hostList)
		alone := startIn(t, &network, hosts, func(c *node.Config) { c.Logger = slog.New(slog.NewTextHandler(&logs, nil)) })
		hosts.add(alone.Address())
		bootstrap(t, alone)
		eventually(t, "the warning", 5*time.Second, func() bool { return strings.Contains(logs.String(), "a cluster of its own") })
		if line := logs.line("a cluster of its own"); !strings.Contains(line, "level=WARN") {
			t.Errorf("not a warning: %s", line)
		}
		other := startIn(t, &network, discovery.Static{alone.Address()}, nil)
		bootstrap(t, other)
		eventually(t, "both agree", 10*time.Second, func() bool { return agree([]*node.Node{alone, other}, 2) })
	})
}

// Bootstrap goes on until somebody answers.
func TestBootstrapWaitsForHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var network memnet.Network
		const later = "10.0.0.2:3000"
		hosts := discovery.Static{later}
		early := startIn(t, &network, hosts, nil)

		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := early.Bootstrap(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("bootstrap without hosts: %v", err)
		}
		late := startIn(t, &network, hosts, func(c *node.Config) { c.Address = later })
		bootstrap(t, early, late)
		eventually(t, "both agree", 10*time.Second, func() bool { return agree([]*node.Node{early, late}, 2) })
	})
}

// A node that has not joined does not know who owns a key, and one that is closed does
// not any more.
func TestNobodyOwnsAKeyUnlessTheNodeIsAMember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var network memnet.Network
		n := startIn(t, &network, discovery.Static{}, nil)
		client := network.NewTransport()
		defer client.Close()
		lookup := func() error {
			_, err := client.Call(t.Context(), n.Address(), wire.EndpointLookup, []byte(`{"key":"k"}`))
			return err
		}
		nobody := func(when string) {
			t.Helper()
			if owner, ok := n.Lookup("k"); ok || len(n.LookupN("k", 3)) > 0 || n.Ring().Len() > 0 {
				t.Errorf("%s %q owns a key", when, owner)
			}
		}
		nobody("before joining")
		if err := lookup(); !errors.Is(err, wire.ErrNotReady) {
			t.Errorf("lookup by a tool before joining: %v", err)
		}
		if n.Len() != 1 || n.CountReachable() != 1 || n.Uptime() != 0 {
			t.Errorf("%d members, %d of them reachable, up for %v", n.Len(), n.CountReachable(), n.Uptime())
		}
		bootstrap(t, n)
		if owner, ok := n.Lookup("k"); !ok || owner != n.Address() || lookup() != nil {
			t.Errorf("the only member does not own a key: %q, %v, %v", owner, ok, lookup())
		}
		if err := n.Leave(); err != nil {
			t.Error(err)
		}
		nobody("after it has left")
		if n.Len() != 1 || n.CountReachable() != 0 {
			t.Errorf("%d members, %d of them reachable", n.Len(), n.CountReachable())
		}
		if err := n.Rejoin(); err != nil {
			t.Error(err)
		}
		n.Close()
		nobody("after Close")
		for name, do := range map[string]func() error{"leave": n.Leave, "rejoin": n.Rejoin} {
			if err := do(); !errors.Is(err, node.ErrClosed) {
				t.Errorf("%s after Close: %v", name, err)
			}
		}
	})
}
