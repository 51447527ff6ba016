package cluster

import (
	"context"
	"fmt"

	"github.com/ringmend/ringmend/node/wire"
)

// Agree is a condition for [Cluster.Wait]: all running nodes hold exactly the
// running nodes to be alive and all others to be faulty, and report the same
// membership checksum and the same ring checksum.
func (c *Cluster) Agree(ctx context.Context) error {
	views, err := c.truths(ctx)
	for i, v := range views {
		if got, want := v.Membership.Checksum, views[0].Membership.Checksum; got != want {
			return fmt.Errorf("%s has membership checksum %d, another node %d", c.Running()[i].Address, got, want)
		}
		if got, want := v.Ring.Checksum, views[0].Ring.Checksum; got != want {
			return fmt.Errorf("%s has ring checksum %d, another node %d", c.Running()[i].Address, got, want)
		}
	}
	return err
}

// Truth is a condition for [Cluster.Wait]: all running nodes hold exactly the
// running nodes to be alive and all others to be faulty.
func (c *Cluster) Truth(ctx context.Context) error {
	_, err := c.truths(ctx)
	return err
}

// truths asks the running nodes, in order, until one of them is wrong.
func (c *Cluster) truths(ctx context.Context) (views []*wire.Stats, err error) {
	for _, n := range c.Running() {
		stats, err := n.Stats(ctx)
		if err != nil {
			return views, err
		}
		if err := c.seesTruth(n, stats); err != nil {
			return views, err
		}
		views = append(views, stats)
	}
	return views, nil
}

func (c *Cluster) seesTruth(n *Node, stats *wire.Stats) error {
	seen := map[wire.Address]wire.Status{}
	for _, m := range stats.Membership.Members {
		seen[m.Address] = m.Status
	}
	if len(seen) != len(c.Nodes) {
		return fmt.Errorf("%s knows %d members, want %d", n.Address, len(seen), len(c.Nodes))
	}
	for _, other := range c.Nodes {
		want := wire.Faulty
		if other.Running() {
			want = wire.Alive
		}
		if got, known := seen[wire.Address(other.Address)]; !known || got != want {
			return fmt.Errorf("%s holds %s to be %v (known: %v), want %v", n.Address, other.Address, got, known, want)
		}
	}
	return nil
}
