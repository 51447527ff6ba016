// Run runs the conformance vectors against a Ringpop program:
//
//	go run ./integration/run --program ./bin/testpop
//	go run ./integration/run --program main.js --interpreter node --flavour node --known ringpop-node
//
// It starts the program once for each vector and size, plays the other members
// of its cluster, and prints a table. The exit code is 1 when a vector failed,
// or passed although it is known to fail, and 2 for a wrong command line.
package main
