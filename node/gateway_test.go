package node_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/wire"
)

// gateway is a network in which nodes are called by other addresses than those that
// they know themselves by.
type gateway struct {
	*memnet.Transport
	inside map[string]string // of the addresses outside
}

func (g gateway) Call(ctx context.Context, address, endpoint string, body []byte) ([]byte, error) {
	if inside, ok := g.inside[address]; ok {
		address = inside
	}
	return g.Transport.Call(ctx, address, endpoint, body)
}

// behindGateways starts nodes that are listed by other addresses than their own.
func (l *lab) behindGateways(size int, protocol node.Protocol) (nodes []*node.Node, inside map[string]string) {
	inside = map[string]string{}
	for i := 1; i <= size; i++ {
		outside := fmt.Sprintf("192.0.2.%d:80", i)
		inside[outside] = fmt.Sprintf("10.0.0.%d:3000", i)
		l.hosts.add(outside)
	}
	for i := 1; i <= size; i++ {
		nodes = append(nodes, l.start(fmt.Sprintf("10.0.0.%d:3000", i), func(c *node.Config) {
			c.Transport = gateway{l.network.NewTransport(), inside}
			c.Protocol = protocol
		}))
	}
	return nodes, inside
}

// Hosts that are listed under other addresses than those they are known by are joined,
// each once, and are not searched for again. The node itself is one of them.
func TestHostsByOtherAddresses(t *testing.T) {
	inLab(t, func(t *testing.T, l *lab) {
		const size = 12
		nodes, inside := l.behindGateways(size, node.Protocol{})
		bootstrap(t, nodes...)
		eventually(t, "all agree", time.Minute, func() bool { return agree(nodes, size) })
		for _, n := range nodes {
			if len(n.Members()) != size {
				t.Fatalf("%s has %v", n.Address(), n.Members())
			}
		}
		probes := func() (probes, reached uint64) {
			for _, n := range nodes {
				stats := n.HealStats()
				probes, reached = probes+stats.Attempts, reached+stats.Reached
			}
			return probes, reached
		}
		_, others := probes() // while not all had joined
		time.Sleep(20 * time.Minute)
		before, reached := probes() // each has asked each, one at a time, that it did not ask when it joined
		if before < size || before > size*size || reached > others {
			t.Errorf("%d probes, which reached %d nodes", before, reached-others)
		}
		time.Sleep(5 * time.Minute)
		if after, _ := probes(); after > before {
			t.Errorf("%d probes more in minutes in which no node was missing", after-before)
		}
		nodes[5].Close()
		eventually(t, "the dead one is missed", time.Minute, func() bool { return count(nodes[0], wire.Faulty) == 1 })
		again := l.start("10.0.0.6:3000", func(c *node.Config) { c.Transport = gateway{l.network.NewTransport(), inside} })
		bootstrap(t, again)
		nodes[5] = again
		eventually(t, "all agree again", time.Minute, func() bool { return agree(nodes, size) })
	})
}

// A split of them heals, also when the sides have forgotten each other, and nothing but
// the list leads from one to the other.
func TestSplitsOfHostsByOtherAddressesHeal(t *testing.T) {
	for name, protocol := range map[string]node.Protocol{"held faulty": hasty, "forgotten": forgetsSoon} {
		t.Run(name, func(t *testing.T) {
			inLab(t, func(t *testing.T, l *lab) {
				nodes, inside := l.behindGateways(6, protocol)
				bootstrap(t, nodes...)
				eventually(t, "all agree", time.Minute, func() bool { return agree(nodes, 6) })
				sides := [][]*node.Node{nodes[:3], nodes[3:]}
				eachPair := func(do func(a, b string)) {
					for _, a := range sides[0] {
						for _, b := range sides[1] {
							do(a.Address(), b.Address())
						}
					}
				}
				eachPair(l.network.Cut)
				known := 6
				if name == "forgotten" {
					known = 3
				}
				eventually(t, "both sides agree", time.Minute, func() bool {
					return agree(sides[0], 3) && agree(sides[1], 3) && len(nodes[0].Members()) == known && len(nodes[5].Members()) == known
				})
				eachPair(l.network.Mend)
				eventually(t, "all agree again", time.Minute, func() bool { return agree(nodes, 6) })
				if len(nodes[0].Members()) != len(inside) {
					t.Errorf("members %v", nodes[0].Members())
				}
			})
		})
	}
}

// A node that is called at an address that leads to itself is itself.
func TestTheNodeItselfByAnotherAddress(t *testing.T) {
	inLab(t, func(t *testing.T, l *lab) {
		l.hosts.add("192.0.2.1:80")
		n := l.start("10.0.0.1:3000", func(c *node.Config) {
			c.Transport = gateway{l.network.NewTransport(), map[string]string{"192.0.2.1:80": "10.0.0.1:3000"}}
		})
		bootstrap(t, n)
		synctest.Wait()
		if l.logs.line("a cluster of its own") == "" || l.logs.line("not joined") != "" {
			t.Errorf("the log says\n%s", l.logs.String())
		}
	})
}
