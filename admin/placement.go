package admin

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/dgryski/go-farm"

	"github.com/ringmend/ringmend/node/ring"
	"github.com/ringmend/ringmend/node/wire"
)

// ErrFlavour is returned when no known flavour explains a checksum. Applications
// on ringpop-node that do not set isCrossPlatform use a hash function that no
// maintained library provides.
var ErrFlavour = errors.New("the membership checksum is of no known flavour")

// FlavourOf returns the flavour under which the members of m have its checksum.
// A membership that has the same checksum under all of them is of FlavourGo.
func FlavourOf(m *wire.MembershipStats) (wire.Flavour, error) {
	for _, flavour := range []wire.Flavour{wire.FlavourGo, wire.FlavourNode} {
		if wire.Checksum(flavour, m.Members) == m.Checksum {
			return flavour, nil
		}
	}
	return 0, ErrFlavour
}

// MaxReplicaPoints is the largest number of replica points per member that a
// [Placement] takes.
const MaxReplicaPoints = 10_000

// Placement is where the members of a cluster are on its hash ring.
type Placement struct {
	members []placed
	points  []ReplicaPoint // in the order of the ring
}

// placed is a member in the ring. Its prefix is what is hashed, followed by the
// number of the replica point.
type placed struct {
	address wire.Address
	prefix  string
}

// ReplicaPoint is one of the places of a member on the ring.
type ReplicaPoint struct {
	Hash    uint32
	Address wire.Address
	Replica int // from 0
}

// InRing returns the members that the ring of a node holds: the alive and suspect ones that are
// not evicted, for a node which knows of evictions. Where a node does not tell, they are the
// alive and suspect ones.
func InRing(s *wire.Stats) []wire.Member {
	if len(s.Ring.Servers) == 0 {
		return s.Membership.Members
	}
	in := make(map[wire.Address]bool, len(s.Ring.Servers))
	for _, server := range s.Ring.Servers {
		in[wire.Address(server)] = true
	}
	return slices.DeleteFunc(slices.Clone(s.Membership.Members), func(m wire.Member) bool { return !in[m.Address] })
}

// NewPlacement places the members that a ring holds, the alive and suspect ones of them,
// with the given number of replica points each, or [ring.DefaultReplicaPoints]
// when that is not positive. Under FlavourGo a member with an identity is placed
// by that; ringpop-node knows addresses only. The error says that there are more
// than [MaxReplicaPoints] replica points.
func NewPlacement(flavour wire.Flavour, members []wire.Member, replicaPoints int) (*Placement, error) {
	if replicaPoints <= 0 {
		replicaPoints = ring.DefaultReplicaPoints
	}
	if replicaPoints > MaxReplicaPoints {
		return nil, fmt.Errorf("%d replica points, at most %d are possible", replicaPoints, MaxReplicaPoints)
	}
	p := &Placement{}
	for _, m := range members {
		if m.Status.Pingable() {
			p.members = append(p.members, placed{m.Address, prefix(flavour, m)})
		}
	}
	p.points = make([]ReplicaPoint, 0, len(p.members)*replicaPoints)
	for _, m := range p.members {
		for replica := range replicaPoints {
			hash := farm.Hash32([]byte(m.prefix + strconv.Itoa(replica)))
			p.points = append(p.points, ReplicaPoint{hash, m.address, replica})
		}
	}
	// The ring breaks ties by the bytes of addresses.
	slices.SortFunc(p.points, func(a, b ReplicaPoint) int {
		return cmp.Or(cmp.Compare(a.Hash, b.Hash), cmp.Compare(a.Address, b.Address), cmp.Compare(a.Replica, b.Replica))
	})
	return p, nil
}

func prefix(flavour wire.Flavour, m wire.Member) string {
	identity := m.Identity()
	if flavour == wire.FlavourNode || identity == string(m.Address) {
		return string(m.Address)
	}
	return identity + "#"
}

// Share is the part of the key space that a member owns.
type Share struct {
	Address wire.Address
	// Part is from 0 to 1.
	Part float64
}

// keySpace is the number of hashes that a key can have.
const keySpace = 1 << 32

// Shares returns the share of every member in the ring, sorted by address. The
// parts are exact but for rounding and add up to 1.
func (p *Placement) Shares() []Share {
	owned := map[wire.Address]uint64{}
	for i, point := range p.points {
		// A point owns the hashes after the one before it, up to its own. Of
		// those with the same hash the first owns all and the others none.
		if i > 0 {
			owned[point.Address] += uint64(point.Hash - p.points[i-1].Hash)
			continue
		}
		last := p.points[len(p.points)-1]
		owned[point.Address] += keySpace - uint64(last.Hash-point.Hash)
	}
	shares := make([]Share, 0, len(p.members))
	for _, m := range p.members {
		shares = append(shares, Share{m.address, float64(owned[m.address]) / keySpace})
	}
	slices.SortFunc(shares, func(a, b Share) int { return CompareAddresses(a.Address, b.Address) })
	return shares
}

// Collision is a hash that replica points of two members have in common. It
// belongs to the member whose address comes first; in ringpop-node, to the one
// that was added first, and its nodes may name different owners.
type Collision struct {
	Hash uint32
	// One is in the place of the other, which comes first on the ring.
	One, Other ReplicaPoint
}

// Collisions returns the collisions of different members, in the order of the
// replica points that are in the place of another one: by address and number.
func (p *Placement) Collisions() []Collision {
	var collisions []Collision
	first := 0 // the first point with the same hash as the current one
	for i, point := range p.points {
		if point.Hash != p.points[first].Hash {
			first = i
		}
		if point.Address != p.points[first].Address {
			collisions = append(collisions, Collision{point.Hash, point, p.points[first]})
		}
	}
	slices.SortFunc(collisions, func(a, b Collision) int {
		return cmp.Or(CompareAddresses(a.One.Address, b.One.Address), cmp.Compare(a.One.Replica, b.One.Replica))
	})
	return collisions
}
