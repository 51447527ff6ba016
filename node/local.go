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

// SetLabels adds labels to those of this node, or changes them, and lets
// everybody know. The error wraps [ErrLabelInternal], [ErrLabelLimit],
// [ErrLabelEncoding], [ErrLabelFlavour] or [ErrClosed]; then nothing is
// changed.
func (n *Node) SetLabels(set map[string]string) error {
	err := ErrClosed
	n.input(func(c *core.Core, now time.Time) { err = c.SetLabels(now, set) })
	return err
}

// RemoveLabels takes labels of this node away, and reports whether all of them
// were there. The error wraps [ErrLabelInternal] or [ErrClosed].
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

// Leave takes this node out of everybody's ring, without an end to its
// membership: it goes on gossiping, and may [Node.Rejoin]. The error is [ErrClosed].
func (n *Node) Leave() error { return n.setStatus(wire.Leave) }

// Rejoin brings a node back that has left. The error is [ErrClosed].
func (n *Node) Rejoin() error { return n.setStatus(wire.Alive) }

func (n *Node) setStatus(status wire.Status) error {
	err := ErrClosed
	n.input(func(c *core.Core, now time.Time) {
		c.SetStatus(now, status)
		err = nil
	})
	return err
}

// SetGossip pauses the protocol periods of this node, or lets them go on: while they are
// paused it answers the others but finds out nothing by itself. The error is [ErrClosed].
func (n *Node) SetGossip(on bool) error {
	err := ErrClosed
	n.input(func(c *core.Core, now time.Time) {
		c.SetGossip(now, on)
		err = nil
	})
	return err
}
