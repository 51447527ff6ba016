// Package transport says what a node needs of a network: a [Transport] that makes calls
// and answers them with a [Handler]. Package tchan is one over TChannel, package memnet
// one inside a process. It imports the standard library only.
package transport
