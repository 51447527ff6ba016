package swim

import (
	"math"

	"github.com/ringmend/ringmend/node/wire"
)

// SetStatus declares the node to be of another status: leave when it wants to
// be out of the ring for a while, alive when it is back. Its incarnation rises,
// or no other node would believe it.
func (n *Node) SetStatus(status wire.Status) {
	n.reborn(status, n.self.Labels)
}

// Reap turns every faulty member into a tombstone.
func (n *Node) Reap() {
	var dead []wire.Change
	n.Each(func(m *Member) bool {
		if m.Status == wire.Faulty {
			c := n.change(m)
			c.Status = wire.Tombstone
			dead = append(dead, c)
		}
		return true
	})
	n.Update(dead)
}

// ReapMember turns one faulty member into a tombstone.
func (n *Node) ReapMember(member wire.Address) {
	if m, known := n.Member(member); known && m.Status == wire.Faulty {
		c := n.change(&m)
		c.Status = wire.Tombstone
		n.Update([]wire.Change{c})
	}
}

// Evict declares the node faulty and tells some members so at once, rather than
// when a protocol period comes round to them. The node starts no probes any
// more. [SelfEvicted] reports when the pings are over.
func (n *Node) Evict() {
	if n.evicted {
		return
	}
	n.evicted = true
	n.SetStatus(wire.Faulty)
	others := n.order.Sample(n.evictPings(), n.isOtherPingable)
	result := SelfEvicted{Pinged: len(others)}
	if len(others) == 0 {
		n.emit(result)
		return
	}
	waiting := len(others)
	b, receipt := n.gossip.forCall()
	carried := n.load(&b, receipt, len(others))
	for _, m := range others {
		n.pingWith(Evict, carried, n.table.Address(m), func(err error) {
			waiting--
			if err == nil {
				result.Answered++
			}
			if waiting == 0 {
				n.emit(result)
			}
		})
	}
}

// evictPings is how many members to tell: a share of the cluster, but no more
// than a change needs to be sent.
func (n *Node) evictPings() int {
	share := int(math.Ceil(float64(n.Others()) * n.cfg.EvictPingRatio))
	return min(share, n.gossip.pending.MaxTransmits())
}
