package node_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
)

// noDiscovery is a discovery that is down.
type noDiscovery struct{ list []string }

func (d noDiscovery) Hosts(context.Context) ([]string, error) {
	return d.list, errors.New("it is down")
}

// A node that starts while discovery is down joins the members that it knew last.
func TestSnapshotWhileDiscoveryIsDown(t *testing.T) {
	for name, down := range map[string]discovery.Provider{
		"an error":                 noDiscovery{},
		"no host but the node":     discovery.Static{"10.0.0.3:3000"},
		"a name without addresses": discovery.Static{"ringmend.invalid:3000"},
	} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { rejoins(t, down) }) })
	}
}

func rejoins(t *testing.T, down discovery.Provider) {
	network, hosts := new(memnet.Network), new(hostList)
	hosts.add("10.0.0.1:3000", "10.0.0.2:3000", "10.0.0.3:3000")
	file := filepath.Join(t.TempDir(), "members.json")
	log := new(logBuffer)
	third := func(hosts discovery.Provider) *node.Node {
		return startIn(t, network, hosts, func(c *node.Config) {
			c.Address, c.Snapshot = "10.0.0.3:3000", file
			c.Logger = slog.New(slog.NewTextHandler(log, nil))
			c.LookupHost = new(zone).lookup
		})
	}
	one := startIn(t, network, hosts, func(c *node.Config) { c.Address = "10.0.0.1:3000" })
	two := startIn(t, network, hosts, func(c *node.Config) { c.Address = "10.0.0.2:3000" })
	three := third(hosts)
	bootstrap(t, one, two, three)
	time.Sleep(time.Minute)
	kept, err := discovery.Snapshot{Path: file, App: "test"}.Hosts(t.Context())
	slices.Sort(kept)
	if err != nil || !slices.Equal(kept, []string{"10.0.0.1:3000", "10.0.0.2:3000"}) {
		t.Fatalf("kept %v, %v", kept, err)
	}
	if err := three.Close(); err != nil {
		t.Fatal(err)
	}
	again := third(down)
	bootstrap(t, again)
	time.Sleep(time.Minute)
	if !agree([]*node.Node{one, two, again}, 3) {
		t.Errorf("not rejoined: %v", again.Members())
	}
	if n := strings.Count(log.String(), "those of the snapshot are used"); n != 1 {
		t.Errorf("said %d times:\n%s", n, log)
	}
}

// A node that is cut off from all others keeps the file as it is.
func TestSnapshotOfANodeThatIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network, hosts := new(memnet.Network), new(hostList)
		hosts.add("10.0.0.1:3000", "10.0.0.2:3000")
		file := discovery.Snapshot{Path: filepath.Join(t.TempDir(), "members.json"), App: "test"}
		one := startIn(t, network, hosts, func(c *node.Config) { c.Address, c.Snapshot = "10.0.0.1:3000", file.Path })
		two := startIn(t, network, hosts, func(c *node.Config) { c.Address = "10.0.0.2:3000" })
		bootstrap(t, one, two)
		time.Sleep(time.Minute)
		if err := two.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if kept, err := file.Hosts(t.Context()); err != nil || !slices.Equal(kept, []string{"10.0.0.2:3000"}) {
			t.Errorf("kept %v, %v", kept, err)
		}
	})
}

// Discovery that fails may still name the hosts that it listed last.
func TestDiscoveryThatFailsWithItsLastList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := new(memnet.Network)
		list := noDiscovery{[]string{"10.0.0.1:3000", "10.0.0.2:3000"}}
		log := new(logBuffer)
		one := startIn(t, network, list, func(c *node.Config) {
			c.Address, c.Logger = "10.0.0.1:3000", slog.New(slog.NewTextHandler(log, nil))
		})
		two := startIn(t, network, list, func(c *node.Config) { c.Address = "10.0.0.2:3000" })
		bootstrap(t, one, two)
		time.Sleep(time.Minute)
		if !agree([]*node.Node{one, two}, 2) {
			t.Error("not joined")
		}
		if n := strings.Count(log.String(), "discovery failed"); n != 1 || strings.Contains(log.String(), "lists hosts again") {
			t.Errorf("the failure was said %d times:\n%s", n, log)
		}
	})
}
