// Study measures how long rings of stock programs take to be one again after a cut, with
// and without ringmend-guard beside them, and prints a table.
//
//	go run ./integration/guardlive/study --runs 3
//
// It needs root, iproute2 and iptables; see package netlab.
package main
