package integration

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/integration/cluster"
	"github.com/ringmend/ringmend/integration/ringpopnode"
	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// nodeFlavour returns programs that form one cluster: this project's node with
// the checksum of ringpop-node, and ringpop-node.
func nodeFlavour(t *testing.T) (ours, theirs cluster.Program) {
	t.Helper()
	mainJS := ringpopnode.Install(t)
	ours = cluster.Command(t, "ringmend, flavour node", cluster.Build(t, cluster.Ringmend), "--checksum=node")
	theirs = cluster.Command(t, "ringpop-node", "node", mainJS)
	return ours, theirs
}

func TestMixedClusterWithRingpopNodeAgrees(t *testing.T) {
	ours, theirs := nodeFlavour(t)
	c := cluster.Start(t, ours, theirs, ours, theirs)
	syncs := countFullSyncs(c)
	agreeThroughKills(t, c)

	syncs.waitForEnd(t)
	const most = 40 // for 6 starts and 2 deaths; none to three are usual
	if n := syncs.look(); n > most {
		t.Errorf("%d full syncs, want at most %d", n, most)
	}
}

func TestRingpopNodeEvictsItself(t *testing.T) {
	ours, theirs := nodeFlavour(t)
	c := cluster.Start(t, ours, theirs, theirs)
	c.Wait("all agree", c.Agree)
	for i, program := range []string{"ours", "ringpop-node"} {
		code, err := c.Nodes[i].Terminate(await.Patience)
		if err != nil || code != 0 {
			t.Errorf("%s after SIGTERM: exit code %d, %v; want 0", program, code, err)
		}
		c.Wait("the others see it faulty", c.Agree)
	}
}

func TestAWrongFlavourSyncsForEver(t *testing.T) {
	_, theirs := nodeFlavour(t)
	c := cluster.Start(t, cluster.Ringmend, theirs)
	syncs := countFullSyncs(c)
	c.Wait("both see the truth", c.Truth)
	c.Wait("there are many full syncs, and no agreement", func(ctx context.Context) error {
		if c.Agree(ctx) == nil {
			t.Fatal("nodes of two flavours agree")
		}
		const many = 10
		if n := syncs.look(); n < many {
			return fmt.Errorf("%d full syncs", n)
		}
		return nil
	})
	t.Log(syncs)
}

// In a ring with ringpop-node, which passes changes on without labels, our nodes are
// sent identity labels. No member is placed by them, or reincarnates to get rid of them.
func TestLabelsMeanNothingBesideRingpopNode(t *testing.T) {
	ours, theirs := nodeFlavour(t)
	c := cluster.Start(t, ours, theirs, ours)
	c.Wait("all agree", c.Agree)
	before := incarnations(t, c.Nodes[0])
	for _, identity := range []string{"alpha", "beta", "gamma", "delta"} {
		for _, n := range c.Nodes {
			if n.Program == theirs {
				continue
			}
			var changes []wire.Change
			for address, incarnation := range before {
				changes = append(changes, wire.Change{
					Source: "127.0.0.1:1", SourceIncarnation: 1,
					Address: address, Incarnation: incarnation, Status: wire.Alive,
					Labels: map[string]string{swim.IdentityLabel: identity},
				})
			}
			tell(t, n, changes)
		}
	}
	const pings = 20
	told := pingsOf(t, c.Nodes[1])
	c.Wait("they have pinged each other again and again", func(context.Context) error {
		if since := pingsOf(t, c.Nodes[1]) - told; since < pings {
			return fmt.Errorf("ringpop-node has pinged %v times", since)
		}
		return nil
	})
	c.Wait("all agree", c.Agree)
	for _, n := range c.Nodes {
		if strings.Contains(n.Output(), "msg=refuted accused=alive") {
			t.Errorf("%s was reborn for its labels:\n%s", n.Address, n.Output())
		}
	}
}

func pingsOf(t *testing.T, ringpopNode *cluster.Node) float64 {
	t.Helper()
	stats, err := ringpopNode.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return stats.Protocol.Timing.Count
}

func incarnations(t *testing.T, n *cluster.Node) map[wire.Address]int64 {
	t.Helper()
	stats, err := n.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	members := map[wire.Address]int64{}
	for _, m := range stats.Membership.Members {
		members[m.Address] = m.Incarnation
	}
	return members
}
