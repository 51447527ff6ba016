// Package nodelab runs Ringpop programs, one on each host of a network of internal/netlab,
// and says what they hold of each other.
//
// It imports internal/netlab, internal/proc, node/tchan and node/wire. Begin with [Start].
package nodelab
