// Package system knows the systems that can be measured: how their programs are found
// or built, how a node is started, how an operation is done, and what a node says of
// its state.
//
// Begin with system.go. Each system is a file that registers itself: to add one, write
// a file. It imports packages result and workload, and ringmend's client packages.
package system
