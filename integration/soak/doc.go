// Soak torments real nodes for a while and then looks whether anything is left of it:
//
//	go run ./integration/soak --program ./bin/testpop --nodes 30 --for 10m
//
// Nodes are killed, stopped, told to go, flooded with connections of nonsense, and moved
// to other addresses; one has 64 file descriptors, another one a full disk for its stats.
// In the end all that live must agree, with nobody missing; none may have more goroutines,
// descriptors or memory than twice what they had in the beginning; and each warning in the
// logs must be one that the torment explains. The exit code is 1 otherwise.
package main
