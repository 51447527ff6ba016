// Package discovery gives a node the hosts to join: a [Provider] lists
// them, by address or by name, and a [Resolver] finds the addresses of the names.
// [Parse] reads a provider from a command line.
// It imports packages wire, internal/atomicfile and internal/utf8file only.
package discovery
