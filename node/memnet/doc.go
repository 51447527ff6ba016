// Package memnet is a network inside one process, for tests of programs that
// embed a node. Its transports satisfy node.Transport:
//
//	var network memnet.Network
//	n, err := node.New(node.Config{…, Transport: network.NewTransport()})
//
// Bodies travel as they are; there is no delay, and nothing is lost unless two
// addresses are cut off from each other. It imports packages transport and wire only.
package memnet
