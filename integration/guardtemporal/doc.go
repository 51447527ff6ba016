// Guardtemporal runs a stock Temporal cluster (server v1.32.1, six processes on two hosts,
// seven members of one ring), cuts the hosts off from each other under a load of
// workflows, and prints what its users saw, without ringmend-guard and with it.
//
//	go run ./integration/guardtemporal
//
// The server and the load are built from the module proxy, in a directory of the user's
// cache; the first time that takes long. It needs root and what package netlab needs.
package main
