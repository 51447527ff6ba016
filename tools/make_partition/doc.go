// Make_partition splits a cluster of Ringpop nodes with rules for the firewall,
// and mends it.
//
// Data flows one way: source.go finds the sockets of this machine, package
// partition finds the nodes that were named and who is cut from whom, package
// rules says what must be refused, package format writes it for a firewall, and
// package firewall runs it. Package routes is the other way out, for containers.
package main
