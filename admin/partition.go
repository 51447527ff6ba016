package admin

import (
	"cmp"
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// Partition is a set of nodes that agree on their membership. A healthy cluster
// at rest is one partition. So is, for a moment, each node that has not heard
// the latest change yet: only partitions that stay are a split.
type Partition struct {
	// Checksum is the membership checksum of every node in the partition.
	Checksum uint32
	// Nodes are those nodes: at least one, sorted.
	Nodes []wire.Address
	// Members is the membership as the sample, Nodes[0], sees it, sorted by
	// address. Checksums leave tombstones out, so others may hold different ones.
	Members []wire.Member
}

// Partitions groups the nodes that answered by their membership checksum. The
// partitions are sorted by checksum, which keeps their order stable from one look
// to the next while nothing changes.
func (c *Cluster) Partitions() []Partition {
	at := map[uint32]int{}
	var partitions []Partition
	for _, n := range c.Nodes {
		if n.Err != nil {
			continue
		}
		m := n.Stats.Membership
		i, found := at[m.Checksum]
		if !found {
			i = len(partitions)
			at[m.Checksum] = i
			partitions = append(partitions, Partition{Checksum: m.Checksum, Members: m.Members})
		}
		partitions[i].Nodes = append(partitions[i].Nodes, n.Address)
	}
	slices.SortFunc(partitions, func(a, b Partition) int { return cmp.Compare(a.Checksum, b.Checksum) })
	return partitions
}

// Sample returns the node whose view stands for that of the partition.
func (p *Partition) Sample() wire.Address { return p.Nodes[0] }

// Count returns how many members have the status in the view of the partition.
func (p *Partition) Count(s wire.Status) int {
	count := 0
	for _, m := range p.Members {
		if m.Status == s {
			count++
		}
	}
	return count
}

// Status returns what the partition holds a member to be, and whether it knows
// the member at all.
func (p *Partition) Status(member wire.Address) (status wire.Status, known bool) {
	m := p.Member(member)
	if m == nil {
		return 0, false
	}
	return m.Status, true
}

// HeldDown reports whether at least one of the partitions knows the member, and
// none holds it alive or suspect: the cluster expects no answer from it.
func HeldDown(partitions []Partition, member wire.Address) bool {
	anyone := false
	for i := range partitions {
		status, known := partitions[i].Status(member)
		if known && status.Pingable() {
			return false
		}
		anyone = anyone || known
	}
	return anyone
}

// MemberAddresses returns every address that any of the partitions lists,
// sorted.
func MemberAddresses(partitions []Partition) []wire.Address {
	var all []wire.Address
	seen := map[wire.Address]bool{}
	for _, p := range partitions {
		for _, m := range p.Members {
			if !seen[m.Address] {
				seen[m.Address] = true
				all = append(all, m.Address)
			}
		}
	}
	slices.SortFunc(all, CompareAddresses)
	return all
}
