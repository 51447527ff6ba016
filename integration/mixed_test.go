package integration

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/integration/cluster"
	"github.com/ringmend/ringmend/node/wire"
)

// owners asks a node for the owner of each of n keys.
func owners(ctx context.Context, node *cluster.Node, n int) (map[string]wire.Address, error) {
	owners := make(map[string]wire.Address, n)
	for i := range n {
		key := fmt.Sprintf("key-%d", i)
		owner, err := node.Lookup(ctx, key)
		if err != nil {
			return nil, fmt.Errorf("owner of %q: %w", key, err)
		}
		owners[key] = owner
	}
	return owners, nil
}

func sameOwners(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	want, err := owners(t.Context(), c.Nodes[0], 1_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range c.Nodes[1:] {
		got, err := owners(t.Context(), node, 1_000)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("owners according to %s and %s differ (-first +second):\n%s", c.Nodes[0].Address, node.Address, diff)
		}
	}
}

func TestMixedClusterAgrees(t *testing.T) {
	c := cluster.Start(t, cluster.Ringmend, cluster.RingpopGo, cluster.Ringmend, cluster.RingpopGo)
	agreeThroughKills(t, c)
}

// agreeThroughKills kills one node of each program in a cluster of two and two,
// and starts them again.
func agreeThroughKills(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	c.Wait("all four agree", c.Agree)
	sameOwners(t, c)

	for _, i := range []int{0, 1} { // one of each
		c.Nodes[i].Kill()
	}
	c.Wait("the others see both killed nodes faulty", c.Truth)
	c.Wait("the others agree", c.Agree)

	for _, i := range []int{0, 1} {
		c.StartNode(i)
	}
	c.Wait("all four agree again", c.Agree)
	sameOwners(t, c)
}
