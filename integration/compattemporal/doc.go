// Compattemporal runs Temporal clusters (package temporal) under a load of workflows, with the
// ring of the published server, with ringmend in its place, and with both in one ring. In each
// it kills a process, ends it by SIGTERM, and cuts the hosts off from each other; in another
// cluster it changes all processes from the published server to ringmend's and back, one after
// the other. It prints what became of the ring and of the workflows.
//
//	go run ./integration/compattemporal
//
// The servers and the load are built from the module proxy, in directories of the user's
// cache; the first time that takes long. It needs root and what package netlab needs.
package main
