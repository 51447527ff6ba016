// Package command defines the commands of tick-cluster, and reads them from key presses
// and from the lines of a script.
//
// A [Command] is a value that does not say where it came from: [Keys] makes it from key
// presses, [ParseLine] from a line. The package does no I/O and imports the standard
// library only.
package command
