package partition

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// Errors about nodes that are not as the words say. They are wrapped with the
// words.
var (
	// ErrNoListener says that no node is where one was named.
	ErrNoListener = errors.New("nothing listens")
	// ErrRest says that "*" cannot be answered.
	ErrRest = errors.New("cannot tell what * is")
)

// Node is a listening process.
type Node struct {
	// Address is where it listens, an unspecified address for "everywhere".
	Address netip.AddrPort
	// Host is how the host was written when it was a name, else "".
	Host string
	// PIDs, Command and User are as in [sockets.Socket]; a node that is only
	// named has none of them.
	PIDs    []int
	Command string
	User    string
}

// String returns the node's address, with the name of the host if it has one.
func (n *Node) String() string {
	switch {
	case n.Host != "" && n.Address.Port() == 0:
		return n.Host
	case n.Host != "":
		return fmt.Sprintf("%s:%d", n.Host, n.Address.Port())
	case n.Address.Port() == 0:
		return n.Address.Addr().String()
	case n.Wildcard():
		return fmt.Sprintf("*:%d", n.Address.Port())
	default:
		return n.Address.String()
	}
}

// Wildcard reports whether the node listens on all addresses of its machine.
func (n *Node) Wildcard() bool { return n.Address.Addr().IsUnspecified() }

// sameProcess reports whether two nodes are one process.
func (n *Node) sameProcess(other *Node) bool {
	return slices.ContainsFunc(n.PIDs, func(pid int) bool { return slices.Contains(other.PIDs, pid) })
}

// Universe is all nodes that words can mean.
type Universe interface {
	// Find returns the nodes that an item means, at least one, sorted.
	Find(Item) ([]Node, error)
	// Rest returns the nodes that "*" means when those are named.
	Rest(named []Node) ([]Node, error)
}

// Listening is the nodes that listen on this machine.
type Listening struct{ Sockets sockets.Table }

// Find returns the listeners that an item means. The error wraps [ErrNoListener].
func (l Listening) Find(item Item) ([]Node, error) {
	if item.From == 0 {
		return nil, usagef("%q is not a port, a range of ports or HOST:PORT", item.String())
	}
	nodes := l.find(item, func(addr netip.Addr) bool { return item.Host == "" || addr.String() == item.Host })
	if len(nodes) == 0 {
		// Who listens everywhere listens there, too.
		nodes = l.find(item, netip.Addr.IsUnspecified)
	}
	if len(nodes) == 0 {
		return nil, fmt.Errorf("%w on %s (as far as can be seen: root sees more)", ErrNoListener, item)
	}
	sortNodes(nodes)
	return nodes, nil
}

// Rest returns the other listeners that run the same programs as the named ones:
// a machine has more servers than those of the cluster.
func (l Listening) Rest(named []Node) ([]Node, error) {
	var nodes []Node
	for _, s := range l.Sockets.Listeners() {
		candidate := node(s)
		known := slices.ContainsFunc(named, func(n Node) bool {
			return n.Address == candidate.Address || n.sameProcess(&candidate)
		})
		sameProgram := candidate.Command != "" &&
			slices.ContainsFunc(named, func(n Node) bool { return n.Command == candidate.Command })
		if !known && sameProgram {
			nodes = append(nodes, candidate)
		}
	}
	if len(nodes) == 0 {
		return nil, fmt.Errorf("%w: no other process that listens runs the program of the named nodes", ErrRest)
	}
	sortNodes(nodes)
	return nodes, nil
}

func node(s sockets.Socket) Node {
	return Node{Address: s.Local, PIDs: s.PIDs, Command: s.Command, User: s.User}
}

func (l Listening) find(item Item, at func(netip.Addr) bool) []Node {
	var nodes []Node
	for _, s := range l.Sockets.Listeners() {
		if port := s.Local.Port(); port >= item.From && port <= item.To && at(s.Local.Addr()) {
			nodes = append(nodes, node(s))
		}
	}
	return nodes
}

func sortNodes(nodes []Node) {
	slices.SortStableFunc(nodes, func(a, b Node) int {
		return cmp.Or(cmp.Compare(a.Address.Port(), b.Address.Port()), a.Address.Addr().Compare(b.Address.Addr()))
	})
}
