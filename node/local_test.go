package node_test

import (
	"errors"
	"maps"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// memCluster starts n nodes in a bubble.
func memCluster(t *testing.T, n int, configure func(int, *node.Config)) []*node.Node {
	t.Helper()
	var network memnet.Network
	hosts := new(hostList)
	var nodes []*node.Node
	for i := range n {
		nodes = append(nodes, startIn(t, &network, hosts, func(c *node.Config) {
			if configure != nil {
				configure(i, c)
			}
		}))
		hosts.add(nodes[i].Address())
	}
	bootstrap(t, nodes...)
	eventually(t, "all agree", time.Minute, func() bool { return agree(nodes, n) })
	return nodes
}

func TestLabelsAreSeenByOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := memCluster(t, 3, func(i int, c *node.Config) {
			if i == 0 {
				c.Labels = map[string]string{"zone": "a"}
				c.Identity = "first"
			}
		})
		zoneA := node.WithLabel("zone", "a")
		if got := nodes[1].Members(zoneA, node.Reachable); len(got) != 1 || string(got[0].Address) != nodes[0].Address() || got[0].Identity() != "first" {
			t.Errorf("members in zone a: %+v", got)
		}
		if err := nodes[2].SetLabels(map[string]string{"zone": "a"}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the label is known", 10*time.Second, func() bool { return len(nodes[1].Members(zoneA)) == 2 })
		if all, err := nodes[2].RemoveLabels("zone"); !all || err != nil {
			t.Errorf("removed: %v, %v", all, err)
		}
		eventually(t, "it is gone", 10*time.Second, func() bool { return len(nodes[1].Members(zoneA)) == 1 })
		if err := nodes[0].SetLabels(map[string]string{"__x": "y"}); !errors.Is(err, swim.ErrLabelInternal) {
			t.Errorf("internal label: %v", err)
		}
		if want := map[string]string{"zone": "a", swim.IdentityLabel: "first"}; !maps.Equal(nodes[0].Labels(), want) {
			t.Errorf("labels %v, want %v", nodes[0].Labels(), want)
		}
	})
}

// The ring follows the identity of a member.
func TestIdentityMovesAMemberInTheRing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := memCluster(t, 3, nil)
		before := nodes[1].Ring()
		if err := nodes[0].SetIdentity("a name of its own"); err != nil {
			t.Fatal(err)
		}
		eventually(t, "all rings are the new one", 10*time.Second, func() bool {
			for _, n := range nodes {
				if n.Ring().Checksum() != nodes[0].Ring().Checksum() || n.Ring().Checksum() == before.Checksum() {
					return false
				}
			}
			return true
		})
		if before.Len() != 3 || nodes[1].Ring().Len() != 3 {
			t.Errorf("%d and %d servers", before.Len(), nodes[1].Ring().Len())
		}
	})
}

func TestLeaveAndRejoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := memCluster(t, 3, nil)
		nodes[0].Leave()
		eventually(t, "it is out of all rings", 10*time.Second, func() bool {
			for _, n := range nodes {
				if n.Ring().Has(nodes[0].Address()) || count(n, wire.Leave) != 1 {
					return false
				}
			}
			return true
		})
		nodes[0].Rejoin()
		eventually(t, "it is back", 10*time.Second, func() bool { return agree(nodes, 3) && nodes[1].Ring().Len() == 3 })
	})
}

func TestChecksumEventsTellTheLastChecksum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last atomic.Uint32
		nodes := memCluster(t, 3, func(i int, c *node.Config) {
			if i == 0 {
				c.Listener = func(e node.Event) {
					if sum, ok := e.(node.ChecksumChanged); ok {
						last.Store(sum.Checksum)
					}
				}
			}
		})
		eventually(t, "the event", 5*time.Second, func() bool { return last.Load() == nodes[0].Checksum() })
	})
}

func TestLocalCommandsAfterClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startIn(t, new(memnet.Network), discovery.Static{}, nil)
		n.Close()
		if err := n.SetLabels(map[string]string{"k": "v"}); !errors.Is(err, node.ErrClosed) {
			t.Errorf("labels: %v", err)
		}
		if _, err := n.RemoveLabels("k"); !errors.Is(err, node.ErrClosed) {
			t.Errorf("removing labels: %v", err)
		}
		if err := n.SetIdentity("me"); !errors.Is(err, node.ErrClosed) {
			t.Errorf("identity: %v", err)
		}
		n.Leave()
	})
}
