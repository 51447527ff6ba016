// Package topology lays out the hosts of a run, and says what the links between them
// are like.
//
// It is pure: it makes a [link.Network], not a network. To add a topology, add it to
// layouts. It imports packages link and result.
package topology
