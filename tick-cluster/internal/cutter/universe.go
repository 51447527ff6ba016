package cutter

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/ringmend/ringmend/tick-cluster/internal/naming"
	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// Node is a node of the cluster.
type Node struct {
	naming.Node
	// PID is the process that was started as the node, 0 for none. It need not be
	// the one that listens.
	PID int
}

// universe is the nodes of the cluster for package partition.
type universe struct {
	nodes []Node
	table sockets.Table
}

// halves names the first half of the nodes and the second one.
func (u universe) halves() partition.Spec {
	parts := make([]partition.Part, 2)
	for i, n := range u.nodes {
		side := 2 * i / len(u.nodes)
		parts[side] = append(parts[side], partition.Item{
			Host: n.Address.Addr().String(), From: n.Address.Port(), To: n.Address.Port()})
	}
	return partition.Spec{Parts: parts}
}

// Find returns the nodes that an item means.
func (u universe) Find(item partition.Item) ([]partition.Node, error) {
	named := make([]naming.Node, len(u.nodes))
	for i, n := range u.nodes {
		named[i] = n.Node
	}
	places, err := naming.Find(named, item)
	if err != nil {
		return nil, err
	}
	var found []partition.Node
	for _, i := range places {
		found = append(found, u.node(u.nodes[i]))
	}
	return found, nil
}

// Rest returns the nodes that are not named.
func (u universe) Rest(named []partition.Node) ([]partition.Node, error) {
	var rest []partition.Node
	for _, n := range u.nodes {
		if !slices.ContainsFunc(named, func(m partition.Node) bool { return m.Address == n.Address }) {
			rest = append(rest, u.node(n))
		}
	}
	if len(rest) == 0 {
		return nil, fmt.Errorf("%w: all are named already, nothing is left for *", naming.ErrNode)
	}
	return rest, nil
}

// node finds the processes behind a node: those that listen or, when none does, the one
// that was started.
func (u universe) node(n Node) partition.Node {
	found := partition.Node{Address: n.Address}
	for _, s := range u.table {
		everywhere := s.Local.Addr().IsUnspecified() && s.Local.Port() == n.Address.Port()
		if s.State == sockets.Listen && (s.Local == n.Address || everywhere && len(found.PIDs) == 0) {
			found.PIDs = s.PIDs
		}
	}
	if len(found.PIDs) == 0 && n.PID != 0 {
		found.PIDs = []int{n.PID}
	}
	return found
}

// names returns the sides of a split, by the names of the nodes, and the nodes
// that are on none.
func (u universe) names(split *partition.Split) (sides [][]string, others []string) {
	name := make(map[netip.AddrPort]string, len(u.nodes))
	for _, n := range u.nodes {
		name[n.Address] = n.Name
	}
	for _, side := range split.Sides {
		var list []string
		for _, i := range side {
			address := split.Nodes[i].Address
			list = append(list, name[address])
			delete(name, address)
		}
		sides = append(sides, list)
	}
	for _, n := range u.nodes {
		if name[n.Address] != "" {
			others = append(others, n.Name)
		}
	}
	return sides, others
}
