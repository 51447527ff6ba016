// Simreal shows how close the simulator is to reality: the same histories of the same
// size, once with real testpop processes on hosts of their own in network namespaces, and
// once in the simulator. It prints how long each took in both.
//
//	go run ./integration/simreal --nodes 10,40 --runs 5
//
// A history (history.go) is written once, for a [stage], which is either of the two (real.go,
// simulated.go). What the nodes believe is known from what they log, and from the events of
// the simulated ones (views.go): no request disturbs them.
//
// It needs root, iproute2 and iptables; see package netlab.
package main
