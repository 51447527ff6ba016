// Mutants takes the checks of package guard/plan away, one at a time, and shows that the
// histories of package guard/guardsim notice:
//
//	go run ./guard/guardsim/mutants
//
// Each mutant is a small change to a source file. The tests run with the changed file in
// place of the real one (go test -overlay); nothing in the tree is modified. It exits with an
// error if a mutant is not noticed, or if what it changes is not in the source any more.
package main
