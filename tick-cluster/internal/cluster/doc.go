// Package cluster runs the processes of a local cluster: it starts, kills, suspends,
// terminates and revives them, and stops them all in the end.
//
// It knows nothing of keys or of the protocol. It imports internal/proc, package namelist
// and the standard library. All methods of [Cluster] are safe for concurrent use and,
// except for Start, Stop and the revivals, return without waiting for a process.
package cluster
