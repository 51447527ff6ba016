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

// Bootstrap goes on until a host answers.
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

// A second bootstrap asks its own list at once, however long the first one is waiting.
func TestBootstrapAgainAsksANewListAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var network memnet.Network
		other := startIn(t, &network, discovery.Static{}, nil)
		bootstrap(t, other)
		stuck := discovery.Func(func(ctx context.Context) ([]string, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		for name, first := range map[string]discovery.Provider{"a dead host": discovery.Static{"10.0.0.9:9"}, "stuck": stuck} {
			n := startIn(t, &network, first, nil)
			ctx, cancel := context.WithTimeout(t.Context(), 32*time.Second)
			if err := n.Bootstrap(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("%s: %v", name, err)
			}
			cancel()
			began := time.Now()
			again := node.BootstrapOptions{Hosts: discovery.Static{other.Address()}, JoinSize: 1, JoinTimeout: time.Second}
			if err := n.BootstrapWith(t.Context(), again); err != nil || time.Since(began) > 0 {
				t.Errorf("%s: after %v: %v", name, time.Since(began), err)
			}
			if err := n.Bootstrap(t.Context()); err != nil {
				t.Errorf("%s: once it is ready: %v", name, err)
			}
		}
	})
}

// A list without other hosts is joined at once: this is the first node.
func TestBootstrapAlone(t *testing.T) {
	for name, hosts := range map[string]discovery.Static{"no host": {}, "itself": {"10.0.0.1:3000"}} {
		synctest.Test(t, func(t *testing.T) {
			n := startIn(t, new(memnet.Network), hosts, func(c *node.Config) { c.Address = "10.0.0.1:3000" })
			began := time.Now()
			if err := n.Bootstrap(t.Context()); err != nil || time.Since(began) > 0 {
				t.Errorf("%s: after %v: %v", name, time.Since(began), err)
			}
		})
	}
}

func TestBootstrapOptionsAreChecked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startIn(t, new(memnet.Network), discovery.Static{}, nil)
		if err := n.BootstrapWith(t.Context(), node.BootstrapOptions{JoinSize: -1}); !errors.Is(err, node.ErrConfig) {
			t.Errorf("%v", err)
		}
	})
}

// A node that has not joined does not know who owns a key, and one that is closed does
// not any more.
func TestNoKeyHasAnOwnerUnlessTheNodeIsAMember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var network memnet.Network
		n := startIn(t, &network, discovery.Static{}, nil)
		client := network.NewTransport()
		defer client.Close()
		lookup := func() error {
			_, err := client.Call(t.Context(), n.Address(), wire.EndpointLookup, []byte(`{"key":"k"}`))
			return err
		}
		noOwner := func(when string) {
			t.Helper()
			if owner, ok := n.Lookup("k"); ok || len(n.LookupN("k", 3)) > 0 || n.Ring().Len() > 0 {
				t.Errorf("%s %q owns a key", when, owner)
			}
		}
		noOwner("before joining")
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
		noOwner("after it has left")
		if n.Len() != 1 || n.CountReachable() != 0 {
			t.Errorf("%d members, %d of them reachable", n.Len(), n.CountReachable())
		}
		if err := n.Rejoin(); err != nil {
			t.Error(err)
		}
		n.Close()
		noOwner("after Close")
		for name, do := range map[string]func() error{"leave": n.Leave, "rejoin": n.Rejoin} {
			if err := do(); !errors.Is(err, node.ErrClosed) {
				t.Errorf("%s after Close: %v", name, err)
			}
		}
	})
}
