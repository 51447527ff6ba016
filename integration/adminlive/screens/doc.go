// Screens makes the pictures of ringpop-admin that the documents show, from the
// real screens: a cluster of five nodes, each on a host of its own, is cut by the
// rules of make_partition and mended, while top and watch look at it in terminals.
//
//	go run ./integration/adminlive/screens --out docs/screens
//
// It runs for about a minute, and needs what package adminlive needs.
package main
