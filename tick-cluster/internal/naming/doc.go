// Package naming resolves the names of nodes in commands: a port or the end of an address,
// ranges of these, full addresses. They mean the same in all commands.
//
// It imports package partition of make_partition, which parses them, and the standard
// library.
package naming
