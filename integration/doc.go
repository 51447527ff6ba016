// Package integration holds tests of ringmend beside the real ringpop-go: rings
// and checksums are compared with its own, and its nodes and ours form clusters.
//
// It is a module of its own: ringpop-go is a dependency of these tests
// and of nothing else. From this directory, "go build
// github.com/uber/ringpop-go/scripts/testpop" makes the reference node.
package integration
