package node

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// adminHandler answers a call from a tool. Its result is encoded as JSON.
type adminHandler func(n *Node, ctx context.Context, body []byte) (any, error)

type empty struct{}

var adminHandlers = map[string]adminHandler{
	wire.EndpointHealth:          withoutBody((*Node).adminHealth),
	wire.EndpointStats:           withoutBody((*Node).adminStats),
	wire.EndpointLookup:          (*Node).adminLookup,
	wire.EndpointGossipStart:     gossip(func(bool) bool { return true }),
	wire.EndpointGossipStop:      gossip(func(bool) bool { return false }),
	wire.EndpointGossipToggle:    gossip(func(on bool) bool { return !on }),
	wire.EndpointGossipTick:      withoutBody((*Node).adminTick),
	wire.EndpointTick:            withoutBody((*Node).adminTick),
	wire.EndpointMemberJoin:      status(wire.Alive, "rejoined"),
	wire.EndpointJoinOld:         status(wire.Alive, "rejoined"),
	wire.EndpointMemberLeave:     status(wire.Leave, "ok"),
	wire.EndpointLeaveOld:        status(wire.Leave, "ok"),
	wire.EndpointReap:            withoutBody((*Node).adminReap),
	wire.EndpointHeal:            withoutBody((*Node).adminHeal),
	wire.EndpointHealStats:       withoutBody((*Node).adminHealStats),
	wire.EndpointAccept:          (*Node).adminAccept,
	wire.EndpointBrief:           withoutBody((*Node).adminBrief),
	wire.EndpointEvict:           adminEvict((*Node).EvictMember),
	wire.EndpointReadmit:         adminEvict((*Node).ReadmitMember),
	wire.EndpointResolve:         withoutBody((*Node).adminResolve),
	wire.EndpointResolveWriteOff: (*Node).adminWriteOff,
	wire.EndpointResolveKeep:     withoutBody((*Node).adminKeep),
	wire.EndpointDebugSet:        withoutBody((*Node).adminDebugSet),
	wire.EndpointDebugClear:      withoutBody((*Node).adminDebugClear),
}

// withoutBody adapts a method that ignores the body. Tools send nothing, null or an object;
// the flags that debugSet carries differ between Ringpop programs.
func withoutBody(do func(n *Node, ctx context.Context) (any, error)) adminHandler {
	return func(n *Node, ctx context.Context, body []byte) (any, error) {
		if len(body) > 0 {
			if err := wire.Unmarshal(body, new(*empty)); err != nil {
				return nil, err
			}
		}
		return do(n, ctx)
	}
}

// gossip returns a handler that turns gossip on or off.
func gossip(decide func(on bool) bool) adminHandler {
	return withoutBody(func(n *Node, _ context.Context) (any, error) {
		n.input(func(c *core.Core, now time.Time) { c.SetGossip(now, decide(c.Node().Gossiping())) })
		return empty{}, nil
	})
}

// status returns a handler that changes the node's own status.
func status(status wire.Status, answer string) adminHandler {
	return withoutBody(func(n *Node, _ context.Context) (any, error) {
		if status == wire.Alive && n.isEvicted() {
			return nil, ErrEvicted
		}
		if err := n.setStatus(status); err != nil {
			return nil, err
		}
		return wire.StatusResponse{Status: answer}, nil
	})
}

// adminHealth fails while the node may not serve: it should get no requests. A probe that
// restarts the process must not use it, or a node that waits to be healed is restarted
// again and again.
func (n *Node) adminHealth(context.Context) (any, error) {
	if n.gate.Load().guarded {
		return nil, n.Serving()
	}
	return nil, nil
}

func (n *Node) adminLookup(_ context.Context, body []byte) (any, error) {
	var request struct {
		Key *string `json:"key"`
	}
	if err := wire.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	if request.Key == nil {
		return nil, fmt.Errorf("%w: no key", wire.ErrInvalid)
	}
	owner, ok := n.Lookup(*request.Key)
	switch {
	case ok:
	case n.isReady():
		return nil, ErrNoOwner
	default:
		return nil, wire.ErrNotReady
	}
	return wire.LookupResponse{Dest: wire.Address(owner)}, nil
}

// adminAccept says what [Node.Accept] would, without being counted among its refusals: those
// are of requests.
func (n *Node) adminAccept(_ context.Context, body []byte) (any, error) {
	var request wire.AcceptRequest
	if err := wire.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	if err := request.Check(); err != nil {
		return nil, err
	}
	driven := n.driven.Load()
	g := n.gate.Load()
	answer := wire.AcceptResponse{Epoch: g.epoch, Refused: map[string]string{}}
	for _, key := range request.Keys {
		if err := g.accept(n, key, driven); err != nil {
			answer.Refused[key] = reasonName(err)
		}
	}
	return answer, nil
}

func (n *Node) adminTick(ctx context.Context) (any, error) {
	return n.ask(ctx, func(c *core.Core, now time.Time, id swim.RequestID) { c.Tick(now, id) })
}

func (n *Node) adminReap(context.Context) (any, error) {
	n.input((*core.Core).Reap)
	return wire.StatusResponse{Status: "ok"}, nil
}

func (n *Node) adminHeal(ctx context.Context) (any, error) {
	return n.ask(ctx, func(c *core.Core, now time.Time, id swim.RequestID) { c.Heal(now, id) })
}

func (n *Node) adminDebugSet(context.Context) (any, error) {
	n.debug.set()
	return empty{}, nil
}

func (n *Node) adminDebugClear(context.Context) (any, error) {
	n.debug.clear()
	return empty{}, nil
}

// debugSwitch turns debug logs on and off.
type debugSwitch struct {
	level *slog.LevelVar // nil: there is nothing to switch

	mu   sync.Mutex
	on   bool
	back slog.Level
}

func (d *debugSwitch) set() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.level != nil && !d.on {
		d.on, d.back = true, d.level.Level()
		d.level.Set(slog.LevelDebug)
	}
}

func (d *debugSwitch) clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.on {
		d.on = false
		d.level.Set(d.back)
	}
}
