// Package memberlist is a model of how HashiCorp's memberlist detects failures, to compare
// with: SWIM with the extensions of Lifeguard, over UDP. It is written from the documents
// (the comments of its configuration and arXiv 1707.00788), with the constants of its
// defaults for local networks, and has none of its code.
//
// Modelled are: a probe each second, with three helpers and a second try over TCP; local
// health, nacks, suspicions that further accusers shorten, and telling suspects; gossip to
// three members each 200 ms, the word of a change sent so many times. Not modelled are
// joining and leaving, the exchange of whole states each 30 s, and limits of packets other
// than the number of changes in one. Messages take as long as in package sim/world.
//
// A [Cluster] begins with all members known to all. Begin with cluster.go; probe.go,
// suspicion.go and gossip.go are the rules. The package imports the standard library only.
package memberlist
