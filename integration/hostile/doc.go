// Hostile sends nodes what they must survive, and writes down what becomes of them:
//
//	go run ./integration/hostile --programs ours,ringpop-go,memberlist --write docs/security.md
//
// Each input is sent to the first of two nodes of a program: broken frames, bodies that say
// nonsense, handshakes that are none, senders that are slow, crowds of connections, calls and
// members that do not exist. Written down are what the sender sees, what has changed in the
// membership of the two nodes, whether the node still answers others, and its memory and file
// descriptors before, during and after. A node that has died or changed is replaced.
//
// The inputs are files of their own: frames.go, bodies.go and floods.go for Ringpop's nodes,
// memberlist.go for those of memberlist, which get what is like it in their own protocol.
// Begin with input.go.
package main
