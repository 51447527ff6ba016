// Package adminlive shows ringpop-admin to real clusters: the built program, in
// real terminals, against nodes of this project, of ringpop-go and of
// ringpop-node, through a real cut and its mending.
//
// [Lab] is a cluster of which each node has a host of its own, in network
// namespaces, with the rules of make_partition for cuts. [Tmux] is the terminals.
// The tests of this package use both, and so does the command in screens, which
// makes the pictures of the documents.
//
// It needs root, unshare, ip, iptables and tmux; [Missing] says what is not there.
package adminlive
