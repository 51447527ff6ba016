// Package temporal builds Temporal's server, and runs clusters of it for the programs that
// measure what becomes of their workflows: six processes on two hosts of a network of package
// netlab, seven members of one ring, SQLite in one file that both hosts reach.
//
// [Build] builds the server as it is published, and with compat/temporal in place of Temporal's
// fork of ringpop-go. It must be called before the process is in namespaces of its own, where
// [New] makes a cluster. [Cluster.StartLoad] runs workflows on it.
package temporal
