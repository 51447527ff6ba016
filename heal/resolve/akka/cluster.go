package akka

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/wire"
)

// Status is how far a member is in its life.
type Status uint8

// The statuses.
const (
	Joining Status = iota
	WeaklyUp
	Up
	Leaving
	Exiting
	Down
)

var statusNames = []string{"joining", "weakly-up", "up", "leaving", "exiting", "down"}

// ParseStatus returns the status of a name, or an error that lists the names.
func ParseStatus(name string) (Status, error) {
	i := slices.Index(statusNames, name)
	if i < 0 {
		return 0, fmt.Errorf("no status %.40q, there are %v", name, statusNames)
	}
	return Status(i), nil
}

// String returns the name of the status.
func (s Status) String() string { return statusNames[s] }

func (s Status) joining() bool { return s == Joining || s == WeaklyUp }

// downable reports whether a member of the status can be taken down.
func (s Status) downable() bool { return s != Down && s != Exiting }

// Member is a member of the cluster.
type Member struct {
	Address wire.Address
	Status  Status
	Age     int64 // lower is older; resolve.Youngest while it is not up
	Roles   []string
	DC      string
}

// Record reports that one member sees another one as unreachable.
type Record struct {
	Observer, Subject wire.Address
}

// Cluster is what one node knows of the members of its data center.
type Cluster struct {
	dc          string
	members     map[wire.Address]*Member
	unreachable map[wire.Address]bool
	records     []Record
	seen        map[wire.Address]bool
}

// NewCluster returns a cluster without members, as seen from a data center.
func NewCluster(dc string) *Cluster {
	return &Cluster{dc: dc, members: make(map[wire.Address]*Member), unreachable: make(map[wire.Address]bool)}
}

// Set adds a member or replaces it. Those of other data centers do not count.
func (c *Cluster) Set(m Member) {
	if m.DC == c.dc {
		c.members[m.Address] = &m
	}
}

// Member returns a member of the data center, or nil.
func (c *Cluster) Member(a wire.Address) *Member { return c.members[a] }

// Remove forgets a member.
func (c *Cluster) Remove(a wire.Address) {
	delete(c.members, a)
	delete(c.unreachable, a)
}

// SetUnreachable says whether a member of the data center is unreachable.
func (c *Cluster) SetUnreachable(a wire.Address, unreachable bool) {
	if !unreachable {
		delete(c.unreachable, a)
	} else if c.members[a] != nil {
		c.unreachable[a] = true
	}
}

// Unreachable reports whether a member is unreachable.
func (c *Cluster) Unreachable(a wire.Address) bool { return c.unreachable[a] }

// SetRecords sets who sees whom as unreachable. Records of others than members of the
// data center are left out.
func (c *Cluster) SetRecords(records []Record) {
	c.records = slices.DeleteFunc(slices.Clone(records), func(r Record) bool {
		return c.members[r.Observer] == nil || c.members[r.Subject] == nil
	})
}

// SetSeen sets who has seen the current gossip.
func (c *Cluster) SetSeen(by []wire.Address) {
	c.seen = make(map[wire.Address]bool, len(by))
	for _, a := range by {
		c.seen[a] = true
	}
}

// settled reports whether no member that counts is unreachable.
func (c *Cluster) settled() bool {
	for a := range c.unreachable {
		if s := c.members[a].Status; s == Up || s == Leaving {
			return false
		}
	}
	return true
}

// Reachable returns the members of the data center that are reachable, in order.
func (c *Cluster) Reachable() []wire.Address {
	return c.addresses(func(m *Member) bool { return !c.unreachable[m.Address] })
}

func (c *Cluster) addresses(has func(*Member) bool) []wire.Address {
	list := []wire.Address{}
	for a, m := range c.members {
		if has(m) {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, resolve.CompareAddresses)
	return list
}

// count is who counts for a decision: members that are up or leave, and more or less.
type count struct {
	role           string
	possiblyUp     bool // joining and weakly-up, too
	withoutLeaving bool
}

func (n count) counts(m *Member) bool {
	switch {
	case n.role != "" && !slices.Contains(m.Roles, n.role):
		return false
	case m.Status.joining():
		return n.possiblyUp
	case m.Status == Leaving:
		return !n.withoutLeaving
	}
	return m.Status == Up
}

func (c *Cluster) count(n count) (reachable, unreachable int) {
	for a, m := range c.members {
		switch {
		case !n.counts(m):
		case c.unreachable[a]:
			unreachable++
		default:
			reachable++
		}
	}
	return reachable, unreachable
}

// first returns the first of the members that count, by an order, or nil.
func (c *Cluster) first(n count, order func(a, b *Member) int) *Member {
	var first *Member
	for _, m := range c.members {
		if n.counts(m) && (first == nil || order(m, first) < 0) {
			first = m
		}
	}
	return first
}

func byAddress(a, b *Member) int { return resolve.CompareAddresses(a.Address, b.Address) }

func byAge(a, b *Member) int { return cmp.Or(cmp.Compare(a.Age, b.Age), byAddress(a, b)) }
