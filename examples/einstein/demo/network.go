package demo

import "context"

// Nodes is how many nodes there are. The cut leaves the first one alone.
const Nodes = 3

// Network runs the nodes.
type Network interface {
	// Get asks a node for a path of its HTTP interface, also while nodes are cut off from
	// each other: each side has clients. The error is that no answer came.
	Get(ctx context.Context, node int, path string) (status int, body []byte, err error)
	// Cut cuts the first node off from the others, and from the store if that is elsewhere.
	Cut() error
	Mend() error
	// Close ends the nodes.
	Close() error
}
