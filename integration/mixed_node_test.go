package integration

import (
	"context"
	"fmt"
	"testing"

	"github.com/ringmend/ringmend/integration/cluster"
	"github.com/ringmend/ringmend/integration/ringpopnode"
	"github.com/ringmend/ringmend/internal/await"
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
