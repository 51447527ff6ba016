// Ringsim plays histories of whole clusters on a virtual clock, from seeds, and checks the
// invariants of package sim/check in all of them. See ringsim --help.
//
// Begin with program.go; compare.go plays the same histories by several rule sets.
package main
