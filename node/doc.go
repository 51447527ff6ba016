// Package node is a Ringpop node on a real network: a member of a cluster that
// knows who else is in it, and a consistent hash ring over them.
//
//	n, err := node.New(node.Config{
//		App:     "orders",
//		Address: "10.0.0.7:3000",
//		Hosts:   discovery.JSONFile("/etc/orders/hosts.json"),
//	})
//	if err != nil { … }            // the address is in use, say
//	defer n.Close()
//	err = n.Bootstrap(ctx)         // join the cluster; retries until ctx ends
//	owner, ok := n.Lookup("order-4711")
//
// The protocol itself is a state machine without I/O, package core. This package
// is the only one with goroutines: it owns the transport and the clock, feeds
// the core under one lock, and never holds that lock while it talks to the
// network or to a listener.
package node
