package admin

import (
	"context"

	"github.com/ringmend/ringmend/node/evict"
	"github.com/ringmend/ringmend/node/wire"
)

// Evict makes a node put a member out of the rings of all nodes of ringmend. Other programs
// refuse: the error then wraps [wire.ErrNoEndpoint].
func (c *Client) Evict(ctx context.Context, node, member wire.Address) error {
	return c.callOurs(ctx, node, wire.EndpointEvict, wire.EvictRequest{Address: member}, nil)
}

// Readmit makes a node take the eviction of a member back.
func (c *Client) Readmit(ctx context.Context, node, member wire.Address) error {
	return c.callOurs(ctx, node, wire.EndpointReadmit, wire.EvictRequest{Address: member}, nil)
}

// EvictionsOf returns what operators have said about members, as the labels in some
// partitions have it: nodes of other programs pass them on.
func EvictionsOf(partitions []Partition) *evict.List {
	list := new(evict.List)
	for i := range partitions {
		for j := range partitions[i].Members {
			if labels := partitions[i].Members[j].Labels; len(labels) > 0 {
				for _, r := range evict.Parse(labels) {
					list.Merge(r)
				}
			}
		}
	}
	return list
}

// Evictions returns what operators have said about members, as any node has it.
func (c *Cluster) Evictions() *evict.List { return EvictionsOf(c.Partitions()) }

// Told returns how many of some nodes know the last word about a member to be that it is
// evicted, or that it is not.
func (c *Cluster) Told(nodes []wire.Address, member wire.Address, evicted bool) (told int) {
	asked := make(map[wire.Address]bool, len(nodes))
	for _, n := range nodes {
		asked[n] = true
	}
	partitions := c.Partitions()
	for i := range partitions {
		if EvictionsOf(partitions[i:i+1]).Evicted(member) != evicted {
			continue
		}
		for _, n := range partitions[i].Nodes {
			if asked[n] {
				told++
			}
		}
	}
	return told
}
