package admin

import (
	"context"
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// DefaultConcurrency is how many nodes are asked at the same time.
const DefaultConcurrency = 64

// MaxNodes is how many nodes a crawl asks at most. A node that invents members
// could otherwise keep it busy for ever, dialling strangers.
const MaxNodes = wire.MaxChanges

// Cluster is what all nodes that could be found say, at about one time.
type Cluster struct {
	// Nodes are all nodes that were asked, sorted by address.
	Nodes []Node
	// Skipped is how many more addresses were heard of, beyond [MaxNodes]. The
	// count itself ends at MaxNodes.
	Skipped int
}

// Node is one node of a [Cluster]: its answer, or why there is none.
type Node struct {
	Address wire.Address
	// Stats is nil when and only when Err is not. Nodes with the same membership
	// share it, so it must not be modified.
	Stats *wire.Stats
	// Err is a *[CallError] or nil.
	Err error
}

// Failed returns the nodes that gave no usable answer, sorted by address.
func (c *Cluster) Failed() []Node {
	var failed []Node
	for _, n := range c.Nodes {
		if n.Err != nil {
			failed = append(failed, n)
		}
	}
	return failed
}

// Answered reports whether any node did answer.
func (c *Cluster) Answered() bool {
	return slices.ContainsFunc(c.Nodes, func(n Node) bool { return n.Err == nil })
}

// Crawl asks the given nodes, every member that they list, the members that
// those list, and so on. Members of every status are asked: to the nodes of one
// partition, those of the others are faulty.
//
// At most concurrency nodes are asked at a time, or [DefaultConcurrency] when
// that is not positive. Nodes that fail are part of the result, even if all of
// them do; the error is that of ctx.
func Crawl(ctx context.Context, c *Client, first []wire.Address, concurrency int) (*Cluster, error) {
	return CrawlAndReport(ctx, c, first, concurrency, func(int, int) {})
}

// CrawlAndReport is [Crawl], and calls report after each node that answered or
// failed, with their number and that of the nodes known so far. It waits for
// report to return.
func CrawlAndReport(ctx context.Context, c *Client, first []wire.Address, concurrency int,
	report func(asked, known int)) (*Cluster, error) {
	if concurrency <= 0 {
		concurrency = DefaultConcurrency
	}
	answers := make(chan Node, concurrency)
	found := newCrawl()
	found.add(first...)
	asked, asking := 0, 0
	for asking > 0 || asked < len(found.queue) {
		for asking < concurrency && asked < len(found.queue) {
			node := Node{Address: found.queue[asked]}
			go func() {
				node.Stats, node.Err = c.Stats(ctx, node.Address)
				answers <- node
			}()
			asked++
			asking++
		}
		found.answer(<-answers)
		asking--
		report(asked-asking, len(found.queue))
		if ctx.Err() != nil {
			// Goroutines still asking end by themselves: there is room for
			// all of their answers.
			return nil, context.Cause(ctx)
		}
	}
	return found.cluster(), nil
}

// crawl is what a crawl has found so far.
type crawl struct {
	queue   []wire.Address // in the order in which they were heard of
	known   map[wire.Address]bool
	skipped map[wire.Address]bool
	nodes   []Node

	// By checksum, the last list that was seen. A cluster of n nodes holds n
	// lists of n members, most of them equal: keeping one of these is the
	// difference between megabytes and gigabytes.
	members map[uint32][]wire.MemberStats
	servers map[uint32][]string
}

func newCrawl() *crawl {
	return &crawl{
		known:   map[wire.Address]bool{},
		skipped: map[wire.Address]bool{},
		members: map[uint32][]wire.MemberStats{},
		servers: map[uint32][]string{},
	}
}

func (c *crawl) add(addresses ...wire.Address) {
	for _, a := range addresses {
		switch {
		case c.known[a]:
		case len(c.queue) < MaxNodes:
			c.known[a] = true
			c.queue = append(c.queue, a)
		case len(c.skipped) < MaxNodes:
			c.skipped[a] = true
		}
	}
}

func (c *crawl) answer(n Node) {
	if n.Stats != nil {
		c.share(n.Stats)
		for _, m := range n.Stats.Membership.Members {
			c.add(m.Address)
		}
	}
	c.nodes = append(c.nodes, n)
}

// share replaces the lists in s by equal ones that another node sent.
func (c *crawl) share(s *wire.Stats) {
	m := &s.Membership
	if last := c.members[m.Checksum]; slices.EqualFunc(last, m.Members, sameMember) {
		m.Members = last
	} else {
		c.members[m.Checksum] = m.Members
	}
	r := &s.Ring
	if last := c.servers[r.Checksum]; slices.Equal(last, r.Servers) {
		r.Servers = last
	} else {
		c.servers[r.Checksum] = r.Servers
	}
}

func (c *crawl) cluster() *Cluster {
	slices.SortFunc(c.nodes, func(a, b Node) int { return CompareAddresses(a.Address, b.Address) })
	return &Cluster{Nodes: c.nodes, Skipped: len(c.skipped)}
}
