// Package world is a simulated cluster that runs: nodes, each a real [core.Core] in a
// process on a host with a clock, the network between them, and a queue of what is
// going to happen. It does what a script says and has no opinion of it.
//
// Who wants to know what happens is an [Observer]: the invariants (package check), the
// figures (package measure) and the trace (package trace) are three of them. An observer
// embeds [Nothing] and has a method for each thing that it wants to be told. It may
// read all exported fields, and must not set any. What is to act in the world, a program
// outside the cluster for one, uses [World.After], [World.Input] and [World.Inject].
//
// It imports node/core, what that is made of, and sim/script. Begin with observer.go,
// then world.go and node.go; a message's way is call.go, network.go, answer.go.
package world
