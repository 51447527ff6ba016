// Package app is the program testpop as a function, for tick-cluster to run without a second
// binary.
package app
