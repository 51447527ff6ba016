package node_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/wire"
)

// An operator evicts a member by the endpoints: it is in no ring, may not come back by itself,
// and does when it is readmitted.
func TestEvictEndpoints(t *testing.T) {
	nodes := cluster(t, 3)
	client := newClient(t)
	call := func(n *node.Node, endpoint, body string) error {
		_, err := client.Call(t.Context(), n.Address(), endpoint, []byte(body))
		return err
	}
	last := nodes[2]
	word := fmt.Sprintf(`{"address":%q}`, last.Address())
	for _, body := range []string{"null", "{}", `{"address":7}`, `{"address":"nowhere"}`} {
		if call(nodes[0], wire.EndpointEvict, body) == nil || call(nodes[0], wire.EndpointReadmit, body) == nil {
			t.Errorf("%s is accepted", body)
		}
	}
	if err := call(nodes[0], wire.EndpointReadmit, word); err == nil || !strings.Contains(err.Error(), node.ErrNotEvicted.Error()) {
		t.Errorf("readmit: %v", err)
	}
	if err := call(nodes[0], wire.EndpointEvict, word); err != nil {
		t.Fatal(err)
	}
	rings := func(servers int) func() bool {
		return func() bool {
			for _, n := range nodes {
				if n.Ring().Len() != servers || n.Ring().Has(last.Address()) != (servers == 3) {
					return false
				}
			}
			return true
		}
	}
	eventually(t, "it is in no ring, its own included", await.Patience, rings(2))
	eventually(t, "it has left", await.Patience, func() bool { return count(nodes[0], wire.Leave) == 1 })
	if list := nodes[1].Evictions(); len(list) != 1 || list[0].Address != last.Address() || list[0].Since.IsZero() {
		t.Errorf("evictions: %v", list)
	}
	if err := call(last, wire.EndpointMemberJoin, "null"); err == nil || !strings.Contains(err.Error(), node.ErrEvicted.Error()) {
		t.Errorf("it may join: %v", err)
	}
	if err := call(nodes[1], wire.EndpointReadmit, word); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is back", await.Patience, func() bool { return agree(nodes, 3) && rings(3)() })
}

// A member that does not know the rule is out of our rings, though it is alive.
func TestAnEvictedNodeOfAnotherProgramIsInNoRingOfOurs(t *testing.T) {
	nodes := cluster(t, 2)
	other := start(t, discovery.Static{nodes[0].Address()}, func(c *node.Config) { c.Protocol.Ringpop = true })
	if err := other.Bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := append(nodes, other)
	eventually(t, "all agree", await.Patience, func() bool { return agree(all, 3) })
	if err := nodes[0].EvictMember(other.Address()); err != nil {
		t.Fatal(err)
	}
	ours := func(has bool) func() bool {
		return func() bool {
			return nodes[0].Ring().Has(other.Address()) == has && nodes[1].Ring().Has(other.Address()) == has
		}
	}
	eventually(t, "it is out of our rings", await.Patience, ours(false))
	if m, _ := nodes[1].Member(other.Address()); m.Status != wire.Alive || !other.Ring().Has(other.Address()) {
		t.Errorf("it is %v, and in its own ring: %v", m.Status, other.Ring().Has(other.Address()))
	}
	if err := nodes[1].ReadmitMember(other.Address()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is back", await.Patience, ours(true))
}

func TestEvictingFromElsewhereIsRefused(t *testing.T) {
	n := start(t, discovery.Static{}, func(c *node.Config) { c.AdminFrom = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	client := newClient(t)
	for _, endpoint := range []string{wire.EndpointEvict, wire.EndpointReadmit} {
		_, err := client.Call(t.Context(), n.Address(), endpoint, []byte(`{"address":"127.0.0.1:1"}`))
		if err == nil || !strings.Contains(err.Error(), node.ErrNotAllowed.Error()) {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
	if _, err := client.Call(t.Context(), n.Address(), wire.EndpointBrief, []byte("null")); err != nil {
		t.Errorf("brief: %v", err)
	}
}
