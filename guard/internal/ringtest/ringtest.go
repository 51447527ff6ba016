package ringtest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// Ring is a ring whose nodes' beliefs a test sets.
type Ring struct {
	nodes map[wire.Address]*admin.Node
}

// ErrRefused is the error of nodes that are down.
var ErrRefused = errors.New("connection refused")

// Address returns the address of node i, from 0.
func Address(i int) wire.Address { return wire.Address(fmt.Sprintf("10.0.%d.%d:3000", i/250, i%250+1)) }

// New makes a ring with parts of the given sizes, in each of which all hold the others
// faulty.
func New(sizes ...int) *Ring {
	r := &Ring{nodes: make(map[wire.Address]*admin.Node)}
	var all, side []int
	for part, size := range sizes {
		for range size {
			all, side = append(all, len(all)), append(side, part)
		}
	}
	lists := make([][]wire.Member, len(sizes))
	for part := range sizes {
		for _, i := range all {
			status := wire.Alive
			if side[i] != part {
				status = wire.Faulty
			}
			lists[part] = append(lists[part], wire.Member{Address: Address(i), Status: status, Incarnation: 1})
		}
		slices.SortFunc(lists[part], func(a, b wire.Member) int { return admin.CompareAddresses(a.Address, b.Address) })
	}
	for _, i := range all {
		stats := &wire.Stats{Membership: wire.MembershipStats{Members: slices.Clone(lists[side[i]])}}
		stats.Process.PID = 100 + i
		r.nodes[Address(i)] = &admin.Node{Address: Address(i), Stats: stats}
	}
	return r
}

// Down makes a node not answer.
func (r *Ring) Down(i int) {
	n := r.nodes[Address(i)]
	n.Stats, n.Err = nil, &admin.CallError{Node: n.Address, Endpoint: wire.EndpointStats, Err: ErrRefused}
}

// Restart gives a node another process.
func (r *Ring) Restart(i int) { r.nodes[Address(i)].Stats.Process.PID += 1000 }

// Hold makes all nodes that answer hold a member for something, which they may not have
// known.
func (r *Ring) Hold(m wire.Member) {
	for i := range r.nodes {
		r.HoldAt(i, m)
	}
}

// HoldAt makes one node do so.
func (r *Ring) HoldAt(node wire.Address, m wire.Member) {
	n := r.nodes[node]
	if n.Err != nil {
		return
	}
	list := &n.Stats.Membership.Members
	at, found := slices.BinarySearchFunc(*list, m.Address, func(m wire.Member, a wire.Address) int { return admin.CompareAddresses(m.Address, a) })
	if found {
		(*list)[at] = m
	} else {
		*list = slices.Insert(*list, at, m)
	}
}

// Forget makes all nodes forget a member.
func (r *Ring) Forget(m wire.Address) {
	for i := range r.nodes {
		r.ForgetAt(i, m)
	}
}

// ForgetAt makes one node do so.
func (r *Ring) ForgetAt(node, m wire.Address) {
	if n := r.nodes[node]; n.Err == nil {
		n.Stats.Membership.Members = slices.DeleteFunc(n.Stats.Membership.Members, func(o wire.Member) bool { return o.Address == m })
	}
}

// Checksum sets the checksum that a node says it has, whatever it holds.
func (r *Ring) Checksum(node wire.Address, sum uint32) {
	r.nodes[node].Stats.Membership.Checksum = sum
}

// Look returns what a look at the ring shows.
func (r *Ring) Look() (*admin.Cluster, *admin.Verdict) {
	c := new(admin.Cluster)
	for _, n := range r.nodes {
		one := *n
		if one.Stats != nil {
			stats := *one.Stats
			stats.Membership.Members = slices.Clone(stats.Membership.Members)
			if stats.Membership.Checksum == 0 {
				stats.Membership.Checksum = wire.Checksum(wire.FlavourGo, stats.Membership.Members)
			}
			one.Stats = &stats
		}
		c.Nodes = append(c.Nodes, one)
	}
	slices.SortFunc(c.Nodes, func(a, b admin.Node) int { return admin.CompareAddresses(a.Address, b.Address) })
	return c, admin.VerdictOf(c)
}
