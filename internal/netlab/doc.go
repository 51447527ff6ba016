// Package netlab makes a small network on this machine: hosts with an address each, and a
// router between them that drops or refuses packets by real firewall rules.
//
// Everything is in network namespaces of a process that was started for it by [Command]:
// nothing of the machine's own network is touched, and nothing is left behind, however the
// process ends. It needs root and the programs unshare, ip and iptables.
//
// It imports internal/netns and internal/proc. Begin with [New], and with [Rerun] for a program
// that works in such namespaces.
package netlab
