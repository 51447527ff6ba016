// Package run makes one measured run: hosts, nodes on them, load, a fault, and what was
// seen.
//
// Begin with measure.go, which is the whole of a run in order. cluster.go holds the
// network and the nodes, act.go carries out commands, links.go those about links, sample.go
// asks the nodes for their states. It runs inside the namespaces of package host, and only on Linux.
package run
