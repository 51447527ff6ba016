package node

import (
	"context"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// Brief returns what [wire.EndpointBrief] shows. It is O(1).
func (n *Node) Brief() *wire.Brief {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	b := &wire.Brief{Version: wire.BriefVersion, Resolver: wire.ResolverOff, Refuses: reasonName(n.gate.Load().err)}
	if r := n.core.Resolver(); r != nil {
		b.Resolver, b.ResolverFor = r.State().String(), max(0, now.Sub(r.Since()).Milliseconds())
	}
	if since, suspected := n.healing.Suspected(); suspected {
		b.Split, b.SplitFor = true, max(0, now.Sub(since).Milliseconds())
	}
	return b
}

func (n *Node) adminBrief(context.Context) (any, error) { return n.Brief(), nil }
