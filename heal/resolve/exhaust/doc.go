// Exhaust enumerates every split of a small cluster, with every history of its members and
// every belief that a node on each side may hold, and counts how often nodes on two sides
// both decide to serve: never by the guard of package resolve, often by Akka's published
// rules without the leader that they need. See exhaust --help. Begin reading at model.go.
package main
