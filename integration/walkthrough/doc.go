// Package walkthrough has tests that do what docs/break-it.md tells people to do:
// real clusters, started, watched, cut and mended by the programs of this project
// and by the system's own (lsof, iptables, nft, ss, ip), as commands of a shell.
//
// Each test runs in a network namespace of its own, so all of them run at once.
package walkthrough
