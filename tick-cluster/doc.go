// Tick-cluster starts a local Ringpop cluster and torments it.
//
// It starts the nodes, shows what they print, and waits for keys: tick them, look at
// their memberships, kill, suspend, terminate and revive them, cut them from each other.
// See tick-cluster --help.
//
// The path of a key press: internal/screen reads it from the terminal, internal/command
// makes a command of it, and commands.go carries that out with the processes of
// tick-cluster/internal/cluster (started by internal/proc) or the rules of
// internal/cutter, or asks the nodes through package admin. internal/report turns the
// answers into text, and internal/screen shows it. The lines of a script take the same
// path from the second step on (script.go). internal/record writes down what happens.
package main
