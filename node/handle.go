package node

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// handle answers a call from outside.
func (n *Node) handle(ctx context.Context, from netip.AddrPort, endpoint string, body []byte) ([]byte, error) {
	select {
	case <-n.serving:
	case <-n.ctx.Done():
		return nil, ErrClosed
	}
	if wire.IsProtocol(endpoint) {
		return n.handleProtocol(ctx, endpoint, body)
	}
	handler, ok := adminHandlers[endpoint]
	if !ok {
		return nil, fmt.Errorf("%w: %.100q", wire.ErrNoEndpoint, endpoint)
	}
	if err := n.mayCall(from, endpoint); err != nil {
		n.log.Warn("refused an admin call", "endpoint", endpoint, "error", err)
		return nil, fmt.Errorf("%s: %w", endpoint, err)
	}
	answer, err := handler(n, ctx, body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", endpoint, err)
	}
	return wire.Marshal(answer)
}

// promptly reports whether a call from outside can be answered without waiting: pings can,
// once the node serves.
func (n *Node) promptly(endpoint string) bool {
	select {
	case <-n.serving:
		return endpoint == wire.EndpointPing
	default:
		return false
	}
}

func (n *Node) handleProtocol(ctx context.Context, endpoint string, body []byte) ([]byte, error) {
	n.meters.server.Mark()
	began := time.Now()
	answer, err := n.answerProtocol(ctx, endpoint, body)
	if n.listeners.any() { // else the event need not be made
		n.listeners.tell(Served{Endpoint: endpoint, Duration: time.Since(began), Err: err})
	}
	if err != nil {
		n.log.Debug("refused a request", "endpoint", endpoint, "error", err)
	}
	return answer, err
}

func (n *Node) answerProtocol(ctx context.Context, endpoint string, body []byte) ([]byte, error) {
	request, err := wire.DecodeRequest(endpoint, body)
	if err != nil {
		return nil, err
	}
	response, err := n.ask(ctx, func(c *core.Core, now time.Time, id swim.RequestID) { c.Request(now, id, request) })
	if err != nil {
		return nil, err
	}
	return n.encode(response)
}

// ask feeds the core an input that it answers, and waits for the answer.
func (n *Node) ask(ctx context.Context, do func(c *core.Core, now time.Time, id swim.RequestID)) (wire.Response, error) {
	answered := make(chan swim.Answer, 1)
	var id swim.RequestID
	n.input(func(c *core.Core, now time.Time) {
		n.lastID++
		id = n.lastID
		n.waiting[id] = answered
		do(c, now, id)
	})
	select {
	case answer := <-answered: // as a rule it is there at once
		return answer.Response, answer.Err
	default:
	}
	select {
	case answer := <-answered:
		return answer.Response, answer.Err
	case <-n.ctx.Done():
		return nil, ErrClosed
	case <-ctx.Done():
		n.mu.Lock()
		delete(n.waiting, id)
		n.mu.Unlock()
		return nil, context.Cause(ctx)
	}
}
