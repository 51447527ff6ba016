// Package check holds the invariants: what must be true in every run, whatever happens.
// The first one that does not hold ends the run with a [world.Violation].
//
// [Checks] is an observer of package world. It keeps an account of each node's members
// from the events that the node tells, and decides from time to time whether the cluster
// is one and whether it is calm (state.go); what may still be wrong with a cluster
// depends on that.
//
// A new invariant is a name and a sentence in invariant.go, a method that is called from
// one of the hooks in check.go, and a mutant in package sim that it must notice. Invariants
// of another layer belong in an observer of their own beside this one.
//
// It imports package world and what nodes are made of. Begin with invariant.go and
// check.go.
package check
