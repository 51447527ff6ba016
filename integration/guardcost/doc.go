// Guardcost measures what ringmend-guard costs: its own processor time, memory and
// bytes, and the processor time of the nodes that it watches, stock ringpop-go, for rings
// of several sizes and looks at several intervals. It counts processor time, not wall
// time, because the machine may be busy.
//
//	go run ./integration/guardcost
package main
