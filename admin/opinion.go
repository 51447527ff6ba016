package admin

import (
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// Opinion is what one node holds a member to be.
type Opinion struct {
	Node wire.Address
	// Member is nil when the node does not know the member.
	Member *wire.Member
}

// Opinions returns what every node that answered thinks of a member, sorted by
// the addresses of the nodes.
func (c *Cluster) Opinions(member wire.Address) []Opinion {
	var opinions []Opinion
	for _, n := range c.Nodes {
		if n.Err == nil {
			opinions = append(opinions, Opinion{n.Address, FindMember(n.Stats.Membership.Members, member)})
		}
	}
	return opinions
}

// Knows reports whether any node that answered lists a member.
func (c *Cluster) Knows(member wire.Address) bool {
	return slices.ContainsFunc(c.Opinions(member), func(o Opinion) bool { return o.Member != nil })
}

// Member returns what the partition holds a member to be, or nil when it does
// not know it.
func (p *Partition) Member(address wire.Address) *wire.Member {
	return FindMember(p.Members, address)
}

// FindMember returns the member with the given address out of a list sorted by
// address, nil when it is not in it.
func FindMember(members []wire.Member, address wire.Address) *wire.Member {
	i, found := slices.BinarySearchFunc(members, address, func(m wire.Member, a wire.Address) int {
		return CompareAddresses(m.Address, a)
	})
	if !found {
		return nil
	}
	return &members[i]
}

// Difference is a member about which two nodes differ.
type Difference struct {
	Address wire.Address
	// A and B are what the two nodes hold it to be; nil when unknown to one.
	A, B *wire.Member
}

// Differences compares two memberships, each sorted by address, and returns what
// differs, sorted by address.
func Differences(a, b []wire.Member) []Difference {
	var differences []Difference
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && CompareAddresses(a[0].Address, b[0].Address) < 0:
			differences = append(differences, Difference{Address: a[0].Address, A: &a[0]})
			a = a[1:]
		case len(a) == 0 || a[0].Address != b[0].Address:
			differences = append(differences, Difference{Address: b[0].Address, B: &b[0]})
			b = b[1:]
		default:
			if !a[0].Equal(&b[0]) {
				differences = append(differences, Difference{a[0].Address, &a[0], &b[0]})
			}
			a, b = a[1:], b[1:]
		}
	}
	return differences
}
