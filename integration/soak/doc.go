// Soak torments real nodes for a while and then checks that they recover without a trace:
//
//	go run ./integration/soak --program ./bin/testpop --nodes 30 --for 10m
//
// Nodes are killed, stopped, told to leave, flooded with garbage connections and bad frames,
// moved to other addresses, started with another monotonic clock, and cut off from each other
// by firewall rules in network namespaces; one has 64 file descriptors, another writes to a
// disk that is full. In the end all live nodes must agree, with no member missing; none may
// have more than twice the goroutines, descriptors or memory that it had in the beginning; and
// each warning in the logs must be one that these faults explain. The exit code is 1 otherwise.
//
// Cuts and the disk need root. With --each every deed gets a cluster of its own, and a row in
// a table; with --stock the program may be ringpop-go's testpop.
package main
