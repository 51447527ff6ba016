package cluster_test

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/ringmend/ringmend/integration/cluster"
	"github.com/ringmend/ringmend/internal/await"
)

func TestMain(m *testing.M) { os.Exit(cluster.Main(m)) }

// Each program must do what the package promises of a node.
func TestNodesLiveDieAndReturn(t *testing.T) {
	for _, program := range []cluster.Program{cluster.Ringmend, cluster.RingpopGo} {
		t.Run(string(program), func(t *testing.T) {
			c := cluster.Start(t, program, program, program)
			c.Wait("all agree", c.Agree)

			first := c.Nodes[0]
			if err := first.Suspend(); err != nil {
				t.Fatal(err)
			}
			c.Wait("the suspended node is silent", func(ctx context.Context) error {
				if _, err := first.Stats(ctx); err == nil {
					return errors.New("it answers")
				}
				return nil
			})
			if !first.Running() {
				t.Error("a suspended node does not count as running")
			}
			if err := first.Resume(); err != nil {
				t.Fatal(err)
			}
			c.Wait("the suspended node is back", c.Agree)

			code, err := c.Nodes[1].Terminate(await.Patience)
			if err != nil || code != 0 {
				t.Errorf("after SIGTERM: exit code %d, %v; want 0", code, err)
			}
			c.Wait("the others see it faulty", c.Agree)

			c.Nodes[2].Kill()
			if c.Nodes[1].Running() || c.Nodes[2].Running() || len(c.Running()) != 1 {
				t.Errorf("%d nodes run, want only the first", len(c.Running()))
			}
			if err := c.Nodes[2].Suspend(); err == nil {
				t.Error("a killed node can be suspended")
			}
			c.Wait("the last one sees both faulty", c.Agree)

			c.StartNode(1)
			c.StartNode(2)
			c.Wait("all agree again", c.Agree)
		})
	}
}

func TestNoProcessIsLeftWhenATestEnds(t *testing.T) {
	var pids []int
	t.Run("cluster", func(t *testing.T) {
		c := cluster.Start(t, cluster.Ringmend, cluster.Ringmend)
		c.Wait("all answer", c.Agree)
		for _, n := range c.Nodes {
			stats, err := n.Stats(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, stats.Process.PID)
		}
		if err := c.Nodes[0].Suspend(); err != nil {
			t.Fatal(err)
		}
	})
	if len(pids) != 2 {
		t.Fatalf("got %d process ids, want 2", len(pids))
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
			t.Errorf("process %d is still there: %v", pid, err)
		}
	}
}
