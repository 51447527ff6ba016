// Package sockets says which TCP sockets a machine has and which processes own
// them. It reads what other programs print (lsof, ss) or asks /proc itself, and
// makes one [Table] of all of them: no package above it needs to know where
// the facts came from.
//
// It imports the standard library only. [Parse] takes text of either program,
// [Scan] reads /proc.
package sockets
