// Package watch keeps looking at a ring from outside, and merges its sides when it may.
// It is where guard's goroutines, clocks and calls are; what to do it asks package
// guard/plan.
//
// A [Watcher] is no member: it owns no key, listens on no port, and gives as its source
// an address at which nobody can be. It is told how to call by an admin.Caller, which
// *tchan.Transport and the transports of node/memnet satisfy.
//
//	w, err := watch.New(watch.Config{Caller: transport, Hosts: hosts, Mode: watch.Heal})
//	err = w.Run(ctx) // until ctx ends
//
// After each look it publishes a [State], which is not modified any more, to the
// function in its configuration. It imports admin, guard/plan and node/wire.
package watch
