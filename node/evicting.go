package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/evict"
	"github.com/ringmend/ringmend/node/ring"
	"github.com/ringmend/ringmend/node/wire"
)

// Why [Node.EvictMember] and [Node.ReadmitMember] refuse.
var (
	// ErrNoEvictions means that the node has Ringpop's rules, or a flavour without labels.
	ErrNoEvictions = core.ErrNoEvictions
	// ErrLastMember means that no member would be left in the ring.
	ErrLastMember = core.ErrLastMember
	// ErrTooManyEvictions means that as many members are evicted as may be.
	ErrTooManyEvictions = core.ErrEvictedMost
	// ErrNotEvicted means that the member is not evicted, as far as this node knows.
	ErrNotEvicted = core.ErrNotEvicted
	// ErrEvicted means that this node may not come back: it has to be readmitted.
	ErrEvicted = errors.New("this node is evicted, and has to be readmitted first")
)

// Eviction is a member that is evicted.
type Eviction struct {
	Address string
	Since   time.Time // by the clock of the node that was told to
}

// EvictMember puts a member out of the rings of all nodes of ringmend, and keeps it out when
// it comes back, until [Node.ReadmitMember]: one that is down for good, or that answers pings
// and serves nothing. A node of ringmend that hears that it is evicted leaves, which puts it
// out of the rings of other programs as well. The word spreads by gossip, survives restarts as
// long as one member remembers it, and is merged when a partition heals: of two about one
// member the later one counts. The error is [ErrLastMember], [ErrTooManyEvictions],
// [ErrNoEvictions] or [ErrClosed], or is about the address.
func (n *Node) EvictMember(address string) error { return n.say((*core.Core).EvictMember, address) }

// ReadmitMember takes the eviction of a member back. The error is [ErrNotEvicted],
// [ErrNoEvictions] or [ErrClosed], or is about the address.
func (n *Node) ReadmitMember(address string) error {
	return n.say((*core.Core).ReadmitMember, address)
}

func (n *Node) say(word func(*core.Core, time.Time, wire.Address) (evict.Record, error), address string) error {
	member, err := wire.ParseAddress(address)
	if err != nil {
		return err
	}
	err = ErrClosed
	n.input(func(c *core.Core, now time.Time) { _, err = word(c, now, member) })
	return err
}

// Evictions returns the members that are evicted, as far as this node knows, by address.
func (n *Node) Evictions() []Eviction {
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []Eviction
	for _, r := range n.core.Evictions() {
		if r.Evicted {
			list = append(list, Eviction{string(r.Member), time.UnixMilli(r.Version)})
		}
	}
	return list
}

// isEvicted reports whether this node is.
func (n *Node) isEvicted() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Evicted(n.address)
}

// followEvictions takes members out of the ring, and puts those back that are up.
func (n *Node) followEvictions(e evict.Changed) {
	var changes []ring.Change
	for _, address := range slices.Concat(e.Evicted, e.Readmitted) {
		m, known := n.core.Node().Member(address)
		if known && n.inRing(&m) {
			changes = append(changes, ring.Change{Server: string(address), Identity: m.Identity()})
		} else {
			changes = append(changes, ring.Change{Server: string(address), Remove: true})
		}
	}
	n.changeRing(changes, 0)
}

// adminEvict answers the endpoints that evict and readmit.
func adminEvict(do func(*Node, string) error) adminHandler {
	return func(n *Node, _ context.Context, body []byte) (any, error) {
		var request wire.EvictRequest
		if err := wire.Unmarshal(body, &request); err != nil {
			return nil, err
		}
		if request.Address == "" {
			return nil, fmt.Errorf("%w: no address", wire.ErrInvalid)
		}
		if err := do(n, string(request.Address)); err != nil {
			return nil, err
		}
		return wire.StatusResponse{Status: "ok"}, nil
	}
}
