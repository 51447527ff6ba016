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
	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/swim"
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

// Storage that simulated nodes share is refused: real nodes would race for it.
func TestSharedStorageIsRefused(t *testing.T) {
	var network memnet.Network
	_, err := node.New(node.Config{
		App: "test", Address: "10.0.0.1:3000", Hosts: discovery.Static{}, Transport: network.NewTransport(),
		Tune: func(c *core.Config) { c.Swim.Shared = swim.NewShared(swim.FlavourGo) },
	})
	if !errors.Is(err, swim.ErrConfig) {
		t.Errorf("error %v", err)
	}
}
