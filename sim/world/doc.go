// Package world is a simulated cluster that runs: nodes, each a real [core.Core] in a
// process on a host with a clock, the network between them, and a queue of future
// events. It does what a script says and judges nothing.
//
// An [Observer] watches it: the invariants (package check), the figures (package
// measure) and the trace (package trace) are three of them. An observer embeds [Nothing]
// and overrides the hooks that it needs. It may read all exported fields and must not set
// any. What acts on the world, such as a program outside the cluster, uses [World.After],
// [World.Input] and [World.Inject].
//
// It imports node/core, what that is made of, and sim/script. Begin with observer.go,
// then world.go and node.go; a message travels through call.go, network.go, answer.go.
package world
