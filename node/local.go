package node

import (
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/wire"
)

// Labels returns a copy of the labels of this node, the internal ones included.
func (n *Node) Labels() map[string]string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Node().Labels()
}

// SetLabels adds or replaces labels of this node and gossips them. The error wraps
// [ErrLabelInternal], [ErrLabelLimit], [ErrLabelEncoding], [ErrLabelFlavour] or [ErrClosed],
// and nothing has changed then.
func (n *Node) SetLabels(set map[string]string) error {
	err := ErrClosed
	n.input(func(c *core.Core, now time.Time) { err = c.SetLabels(now, set) })
	return err
}

// RemoveLabels removes labels of this node, and reports whether all of them existed. The
// error wraps [ErrLabelInternal] or [ErrClosed].
func (n *Node) RemoveLabels(keys ...string) (all bool, err error) {
	err = ErrClosed
	n.input(func(c *core.Core, now time.Time) { all, err = c.RemoveLabels(now, keys...) })
	return all, err
}

// SetIdentity gives this node an identity, by which all members place it in
// their rings in place of its address: a node that comes back under another
// address with the same identity owns the same keys. The error wraps
// [ErrLabelEncoding], [ErrLabelFlavour] or [ErrClosed].
func (n *Node) SetIdentity(identity string) error {
	err := ErrClosed
	n.input(func(c *core.Core, now time.Time) { err = c.SetIdentity(now, identity) })
	return err
}

// Leave takes this node out of all rings while it stays a member: it keeps gossiping, and may
// [Node.Rejoin]. The error is [ErrClosed].
func (n *Node) Leave() error { return n.setStatus(wire.Leave) }

// Rejoin undoes [Node.Leave]. The error is [ErrClosed].
func (n *Node) Rejoin() error { return n.setStatus(wire.Alive) }

func (n *Node) setStatus(status wire.Status) error {
	err := ErrClosed
	n.input(func(c *core.Core, now time.Time) {
		c.SetStatus(now, status)
		err = nil
	})
	return err
}

// SetGossip pauses or resumes the protocol periods of this node. While they are paused it
// answers others but probes none. The error is [ErrClosed].
func (n *Node) SetGossip(on bool) error {
	err := ErrClosed
	n.input(func(c *core.Core, now time.Time) {
		c.SetGossip(now, on)
		err = nil
	})
	return err
}
