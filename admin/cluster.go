package admin

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// Cluster is what all nodes that could be found say, at about one time.
type Cluster struct {
	// Nodes are all nodes that were heard of, sorted by address.
	Nodes []Node
	// Skipped is how many more addresses were heard of, beyond [MaxNodes]. The
	// count itself ends at MaxNodes.
	Skipped int
	// Cut is true when the look took too long and was cut short: nodes that could
	// have answered may be missing.
	Cut bool
}

// Node is one node of a [Cluster]: its answer, or why there is none.
type Node struct {
	Address wire.Address
	// Stats is nil when and only when Err is not. Nodes with the same membership
	// share it, so it must not be modified.
	Stats *wire.Stats
	// Err is a *[CallError] or nil.
	Err error
	// Last is the last good answer of the node in this or an earlier look of the
	// same [Crawler], nil if there is none, and LastAt is when it came.
	Last   *wire.Stats
	LastAt time.Time
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

// Ask calls ask for each node that answered, with its place in Nodes, for at most
// concurrency of them at a time, and returns when all calls have ended.
func (c *Cluster) Ask(concurrency int, ask func(i int, node wire.Address)) {
	var answered []int
	for i := range c.Nodes {
		if c.Nodes[i].Err == nil {
			answered = append(answered, i)
		}
	}
	each(len(answered), concurrency, func(i int) { ask(answered[i], c.Nodes[answered[i]].Address) })
}

// each calls do for each number below n, for at most concurrency of them at a time, and
// returns when all calls have ended.
func each(n, concurrency int, do func(i int)) {
	places := make(chan struct{}, max(1, concurrency))
	var running sync.WaitGroup
	for i := range n {
		places <- struct{}{}
		running.Go(func() {
			defer func() { <-places }()
			do(i)
		})
	}
	running.Wait()
}

// Crawl looks at a cluster once, as a [Crawler] does, asking concurrency nodes at a
// time, or [DefaultConcurrency] when that is not positive.
func Crawl(ctx context.Context, c *Client, first []wire.Address, concurrency int) (*Cluster, error) {
	crawler := NewCrawler(c, CrawlOptions{Concurrency: concurrency})
	defer crawler.Close()
	return crawler.Crawl(ctx, first, nil)
}
