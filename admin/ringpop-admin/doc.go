// Ringpop-admin shows Ringpop clusters from outside, and gives them orders.
//
// A command parses its arguments, looks at the cluster through package admin, and prints
// what package render makes of it; top and watch hand the screen to package tui. Begin
// reading at newRoot (root.go), which lists the commands; a new one is a file with a
// constructor. The program imports admin and its packages, node/wire, node/tchan,
// node/ring and internal packages, and none of the protocol.
package main
