// Stopped shows how often members that are well are accused because others are slow: the
// experiment of section V of Lifeguard (arXiv 1707.00788) with real processes. Some of them
// are stopped and continued again and again (SIGSTOP and SIGCONT), all at once, and the
// verdicts of all about those that never are stopped are counted.
//
//	go run ./integration/stopped --nodes 30 --stopped 1,4,8,16
//
// The clusters are ours with adaptive detection and with fixed times, and mixed ones, in which
// every second node is ringpop-go's. Verdicts are read from what the nodes log, a "declared" of
// ours; see phrases in verdicts.go.
//
// Begin with main.go; cluster.go is the processes, verdicts.go what they log.
package main
