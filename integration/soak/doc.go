// Soak torments real nodes for a while and then checks that they recover without a trace:
//
//	go run ./integration/soak --program ./bin/testpop --nodes 30 --for 10m
//
// Nodes are killed, stopped, told to leave, flooded with garbage connections, and moved to
// other addresses; one has 64 file descriptors, another a full disk for its stats. In the
// end all live nodes must agree, with no member missing; none may have more than twice the
// goroutines, descriptors or memory that it had in the beginning; and each warning in the
// logs must be one that these faults explain. The exit code is 1 otherwise.
package main
