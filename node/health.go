package node

import (
	"sync"

	"github.com/ringmend/ringmend/node/wire"
)

// health is what the application says of itself.
type health struct {
	mu     sync.Mutex
	unwell error
}

// SetHealth says whether the application can serve. With an error the node leaves all
// rings, as by [Node.Leave], but stays a member that gossips, so it is not dead to the
// others; with nil it comes back, as by [Node.Rejoin]. It may be called as often as one
// likes: only changes are gossiped. SetHealth, Leave and Rejoin set one status,
// and the last of them counts.
//
// The error is [ErrClosed], or nil.
func (n *Node) SetHealth(unwell error) error {
	n.health.mu.Lock()
	defer n.health.mu.Unlock()
	was := n.health.unwell
	n.health.unwell = unwell
	if (was == nil) == (unwell == nil) {
		return nil
	}
	status := wire.Alive
	if unwell != nil {
		status = wire.Leave
		n.log.Warn("the application is unwell: the node leaves the rings", "because", unwell)
	} else {
		n.log.Info("the application is well again: the node is back in the rings")
	}
	return n.setStatus(status)
}

// Health returns the last argument of [Node.SetHealth].
func (n *Node) Health() error {
	n.health.mu.Lock()
	defer n.health.mu.Unlock()
	return n.health.unwell
}
