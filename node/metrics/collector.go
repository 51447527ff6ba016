package metrics

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringmend/ringmend/node"
)

// namespace begins the name of each metric.
const namespace = "ringmend"

// Collector collects the metrics of one node. It implements [prometheus.Collector].
type Collector struct {
	counts *counts
	node   atomic.Pointer[node.Node]
}

// New returns a collector without a node: see [Collector.Listen] and [Collector.Watch].
func New() *Collector { return &Collector{counts: newCounts()} }

// Watch names the node whose state is shown. Before, only what [Collector.Listen] has
// counted is.
func (c *Collector) Watch(n *node.Node) { c.node.Store(n) }

// Describe implements prometheus.Collector.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, counter := range c.counts.all {
		counter.Describe(to)
	}
	for _, desc := range descriptions {
		to <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	for _, counter := range c.counts.all {
		counter.Collect(to)
	}
	if n := c.node.Load(); n != nil {
		collectState(n, to)
		collectHealing(n.HealStats(), to)
		collectResolver(n.ResolveStatus(), to)
	}
}
