// Splits measures how long a split takes to heal: real programs, each on a host
// of its own in namespaces, cut by real firewall rules, and mended.
//
//	go run ./integration/splits --nodes 10 --for 20s --programs ours,ringpop-go --runs 5
//
// It needs root, iproute2 and iptables; see package netlab.
package main
