package core

import (
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// agreement is the set of members that have sent this node's own checksum since the
// membership changed. Once all pingable members have, it costs nothing until the next
// change. A nil one knows nothing.
type agreement struct {
	node *swim.Node
	who  map[wire.Address]bool
	done bool
}

func newAgreement(node *swim.Node) *agreement {
	return &agreement{node: node, who: make(map[wire.Address]bool)}
}

func (a *agreement) changed() {
	if a != nil {
		a.done = false
		clear(a.who)
	}
}

// heard takes in a checksum.
func (a *agreement) heard(from wire.Address, checksum uint32) {
	if a == nil || a.done || checksum != a.node.Checksum() || from == a.node.Address() {
		return
	}
	if m, ok := a.node.Member(from); !ok || !m.Status.Pingable() {
		return
	}
	a.who[from] = true
	a.done = len(a.who) >= a.node.Others()
}

// complete reports whether all others agree.
func (a *agreement) complete() bool { return a != nil && (a.done || a.node.Others() == 0) }
