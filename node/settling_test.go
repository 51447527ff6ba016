package node_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/memnet"
)

// Nodes that start together find each other within a few round trips, and not in steps of
// a protocol period. The time is that of a bubble.
func TestNodesThatStartTogether(t *testing.T) {
	for n, limit := range map[int]time.Duration{10: 350 * time.Millisecond, 30: 500 * time.Millisecond, 100: time.Second} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			var took []time.Duration
			for range 3 {
				synctest.Test(t, func(t *testing.T) { took = append(took, timeToOneView(t, n)) })
			}
			slices.Sort(took)
			t.Logf("%v", took)
			if median := took[len(took)/2]; median > limit {
				t.Errorf("they agree after %v, want %v at most", took, limit)
			}
		})
	}
}

func timeToOneView(t *testing.T, n int) time.Duration {
	network, hosts := new(memnet.Network), new(hostList)
	var nodes []*node.Node
	for range n {
		nodes = append(nodes, startIn(t, network, hosts, nil))
		hosts.add(nodes[len(nodes)-1].Address())
	}
	began := time.Now()
	for _, m := range nodes {
		go func() {
			if err := m.Bootstrap(context.Background()); err != nil {
				t.Error(err)
			}
		}()
	}
	for !agree(nodes, n) {
		if time.Since(began) > time.Minute {
			t.Fatal("they never agree")
		}
		time.Sleep(10 * time.Millisecond)
	}
	for _, m := range nodes {
		m.Close()
	}
	return time.Since(began)
}
