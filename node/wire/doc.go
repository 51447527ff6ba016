// Package wire holds the messages of Ringpop nodes: the bodies, their JSON codec, and
// the limits that a body must pass before any rule of the protocol sees it.
//
// It is the lowest package: it imports no other package of this module, keeps no state
// and does no I/O. Decode functions return an error that
// wraps [ErrInvalid] for every body that must not reach the protocol; they
// never panic and never return a half-filled body.
package wire
