// Package rules says what a firewall must refuse for a cut to hold. A [Plan] is a
// list of rules in a form of its own, which package format writes in the words of
// each firewall.
//
// What a rule can go by depends on where the nodes are, and there are three ways:
//
//   - By address. Nodes with an address each are told apart by it, for all
//     connections, those of later included. This is the way to prefer. It holds
//     only if a node dials from its own address.
//   - By port. Nodes that share an address differ by the port they listen on, but
//     from which port one will dial next cannot be known. Connections that exist are
//     refused one by one, and of the new ones all or none.
//   - By user. Nodes that run as different users are told apart by the owner of
//     the sending socket, which the firewall of the machine itself knows.
//
// Everything here is pure: the same split and sockets make the same plan.
// It imports packages partition and sockets, and the standard library.
package rules
