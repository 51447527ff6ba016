// Package measure holds what a run has cost and how long things took: the figures that
// ringsim and healstudy print, and what charts are drawn from.
//
// [Measures] is an observer of package world. It asks package check whether the cluster
// is one, and since when, so the observer of that package must run before it. A new figure
// is a field of [Figures], set in one of the hooks in measure.go.
//
// It imports packages world and check. Begin with measure.go; healing.go is what cuts
// cost, size.go what a body takes on the wire.
package measure
