// Package sockets lists the TCP sockets of a machine and the processes that own them.
// It reads the output of other programs (lsof, ss) or /proc itself, and makes one
// [Table] of either: no package above it needs to know where the facts came from.
//
// It imports the standard library only. [Parse] takes text of either program,
// [Scan] reads /proc.
package sockets
