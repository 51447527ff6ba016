// Package watch keeps looking at a ring from outside, and merges its sides when that is
// safe. The guard's goroutines, clocks and calls are here; package guard/plan decides
// what to do.
//
// A [Watcher] is not a member: it owns no key, listens on no port, and gives as its
// source an address that no member can have. It calls through an admin.Caller, which
// *tchan.Transport and the transports of node/memnet satisfy.
//
//	w, err := watch.New(watch.Config{Caller: transport, Hosts: hosts, Mode: watch.Heal})
//	w.Run(ctx) // until ctx ends
//
// After each look it publishes a [State], which is not modified any more, to the
// function in its configuration. It imports admin, guard/plan and node/wire.
package watch
