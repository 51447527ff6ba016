// Package metrics exports the metrics of a node to Prometheus.
//
//	m := metrics.New()
//	n, err := node.New(node.Config{…, Listener: m.Listen})
//	…
//	m.Watch(n)
//	prometheus.MustRegister(m)
//
// A [Collector] counts the events of one node, and asks the node at each scrape how
// things stand. A scrape costs a walk over the members. Counters begin at 0 when the
// process starts; no label has more than a dozen values, and none is an address, so a
// node has the same number of series in a cluster of 10 and of 10,000.
//
// The package imports package node and Prometheus' client; package node does not
// import it, so programs that are not scraped do without the client. Begin reading in
// collector.go.
package metrics
