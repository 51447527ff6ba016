package node_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/wire"
)

// An unhealthy application is out of all rings, is held faulty by no member, and comes
// back; also when it was unhealthy before it joined.
func TestSetHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network, hosts := new(memnet.Network), new(hostList)
		var nodes []*node.Node
		for i := range 3 {
			address := fmt.Sprintf("10.0.0.%d:3000", i+1)
			hosts.add(address)
			nodes = append(nodes, startIn(t, network, hosts, func(c *node.Config) { c.Address = address }))
		}
		sick := nodes[2]
		want := func(when string, inRings bool, status wire.Status) {
			t.Helper()
			time.Sleep(time.Minute)
			for _, n := range nodes {
				if n.Ring().Has(sick.Address()) != inRings {
					t.Errorf("%s: in the ring of %s: %v", when, n.Address(), !inRings)
				}
				if got := n.Members(func(m *node.Member) bool { return string(m.Address) == sick.Address() }); got[0].Status != status {
					t.Errorf("%s: %s holds it %v, want %v", when, n.Address(), got[0].Status, status)
				}
			}
		}
		set := func(unwell error) {
			t.Helper()
			if err := sick.SetHealth(unwell); err != nil || !errors.Is(sick.Health(), unwell) {
				t.Errorf("%v, %v", err, sick.Health())
			}
		}
		set(errors.New("no database"))
		bootstrap(t, nodes...)
		want("unwell before it joins", false, wire.Leave)
		set(nil)
		want("well", true, wire.Alive)
		set(errors.New("no disk"))
		set(errors.New("no database"))
		want("unwell", false, wire.Leave)
		set(nil)
		set(nil)
		want("well again", true, wire.Alive)
		if err := sick.Close(); err != nil {
			t.Fatal(err)
		}
		if err := sick.SetHealth(errors.New("x")); !errors.Is(err, node.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}
