// Package gate decides about new connections between nodes that share an address:
// those that cross a cut are refused, all others pass. A firewall cannot do that,
// because a new connection comes from a port that was not known before. So the
// firewall holds each packet that opens one in a queue (package format, rules with
// the verdict Ask), and the gate looks up whose socket it comes from.
//
//	g, err := gate.Open(split)
//	defer g.Close()
//	err = g.Run(ctx) // until ctx ends
//
// While no gate runs, packets that would have to wait are dropped. It works on Linux
// only, for processes of this machine that it may inspect, which takes root.
//
// It imports packages format, partition and sockets, and the standard library.
package gate
