// Package sim runs whole clusters of the production protocol core on a virtual
// clock, from one seed: thousands of histories that nobody would have tried,
// each of which can be repeated exactly.
//
// A [Script] says how many nodes there are, what their network is like and which
// faults happen when. [Run] plays it: every node is a real [core.Core], driven by
// the duties that package core names, just as package node drives one on a real
// network. The only things that are not real are the clock, the network and the
// processes. Bodies travel as values; with Script.Wire they are encoded and
// decoded on the way, which gives the same history more slowly.
//
// While a script plays, invariants are checked (see [Invariants]). The first one
// that does not hold ends the run with a [Violation].
//
// There is no goroutine, no real clock and no shared random source inside a run:
// equal scripts, seeds included, have equal trace hashes. [RunAll] plays many
// scripts on several cores of the machine at once.
//
// Scripts can be written by hand ([Parse]), come from a [Scenario], or from
// [Shrink], which makes a failing one short. The program that does all this is
// ringsim. How partitions of all [Shapes] heal, at all sizes, is what the program
// healstudy tells.
//
// sim imports node/core and what that is made of, and nothing else of the
// project.
package sim
