package swim

import (
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// estranged handles what a request says whose sender is held faulty here, and
// reports whether there is nothing more to be taken from it.
//
// Such a sender lives, but on the other side of a partition: its message was on
// its way when the cut was made, or the network is back and it has not heard yet.
// What it knows is what that side believes, which holds members of ours faulty at
// the incarnations that they still have. To take that as gossip, or to exchange
// whole memberships, would be a merge without a plan, and kill the living on both
// sides. So only what it says of itself and of this node is taken; it is told what
// is believed of it, so that it refutes; and the healer is told that it lives.
//
// A sender that has been reborn since has heard what is believed of it, and is
// taken like any other.
func (n *Node) estranged(source wire.Address, incarnation int64, changes []wire.Change) bool {
	if n.cfg.Defects.HearsTheDead || !n.buried(source, incarnation) {
		return false
	}
	evicts := false
	own := slices.DeleteFunc(slices.Clone(changes), func(c wire.Change) bool {
		evicts = evicts || c.Address == source && c.Status == wire.Faulty
		return c.Address != source && c.Address != n.self.Address
	})
	n.Update(own)
	if evicts || !n.buried(source, incarnation) {
		return false
	}
	n.emit(Found{Member: source})
	return true
}

// buried reports whether a member is held faulty or a tombstone at an incarnation
// that is no older than the one it says it has.
func (n *Node) buried(a wire.Address, incarnation int64) bool {
	m, known := n.Member(a)
	return known && (m.Status == wire.Faulty || m.Status == wire.Tombstone) && m.Incarnation >= incarnation
}

// answerEstranged tells a sender only what is believed of it.
func (n *Node) answerEstranged(source wire.Address, incarnation int64) *wire.Ping {
	return &wire.Ping{
		Source:            n.self.Address,
		SourceIncarnation: n.self.Incarnation,
		Checksum:          n.Checksum(),
		Changes:           n.tellOfItself(nil, source, incarnation),
	}
}
