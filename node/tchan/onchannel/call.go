package onchannel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/node/wire"
)

// callTimeout is for contexts without a deadline, which TChannel does not call with.
const callTimeout = 30 * time.Second

var callOptions = &tchannel.CallOptions{Format: tchannel.JSON}

// Call makes one attempt at a call. The error is a *[wire.RemoteError] when the other
// side's handler has refused it; it wraps context.DeadlineExceeded or context.Canceled when
// the time was up, and [net.ErrClosed] when the transport was closed.
func (t *Transport) Call(ctx context.Context, address, endpoint string, body []byte) ([]byte, error) {
	// Without tracing, or every ping would show up among the application's traces.
	ctx, cancel := tchannel.NewContextBuilder(callTimeout).SetParentContext(ctx).DisableTracing().Build()
	defer cancel()
	defer context.AfterFunc(t.ctx, cancel)()
	answer, err := t.call(ctx, address, endpoint, body)
	if err != nil {
		return nil, fmt.Errorf("call %s of %s: %w", endpoint, address, t.cause(ctx, err))
	}
	return answer, nil
}

func (t *Transport) call(ctx context.Context, address, endpoint string, body []byte) ([]byte, error) {
	if len(body) > t.opts.MaxBody {
		return nil, fmt.Errorf("body of %d bytes, at most %d are allowed", len(body), t.opts.MaxBody)
	}
	peer, err := t.peer(address)
	if err != nil {
		return nil, err
	}
	call, err := peer.BeginCall(ctx, t.opts.Service, endpoint, callOptions)
	if err != nil {
		t.forget(peer)
		return nil, err
	}
	if err := tchannel.NewArgWriter(call.Arg2Writer()).Write(noHeaders); err != nil {
		return nil, err
	}
	if err := tchannel.NewArgWriter(call.Arg3Writer()).Write(body); err != nil {
		return nil, err
	}
	return t.answer(call.Response())
}

func (t *Transport) answer(response *tchannel.OutboundCallResponse) ([]byte, error) {
	if _, err := readArg(response.Arg2Reader, maxHeaders); err != nil {
		return nil, err
	}
	body, err := readArg(response.Arg3Reader, t.opts.MaxBody)
	if err != nil {
		return nil, err
	}
	if response.ApplicationError() {
		return nil, wire.NewRemoteError(body)
	}
	return body, nil
}

// peer returns the library's peer for an address.
func (t *Transport) peer(address string) (*tchannel.Peer, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, net.ErrClosed
	}
	t.peers[address] = struct{}{}
	return t.sub.Peers().GetOrAdd(address), nil
}

// forget drops a peer that cannot be called and has no connection: one is kept for every
// address that was ever tried, or else.
func (t *Transport) forget(peer *tchannel.Peer) {
	if in, out := peer.NumConnections(); in+out > 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(peer.HostPort())
}

func (t *Transport) drop(address string) {
	delete(t.peers, address)
	// The only error is that it is gone: the application may remove peers, too.
	_ = t.sub.Peers().Remove(address)
}

// cause makes the errors of the library testable with errors.Is.
func (t *Transport) cause(ctx context.Context, err error) error {
	if remote := new(wire.RemoteError); errors.As(err, &remote) {
		return err
	}
	if t.isClosed() {
		return fmt.Errorf("%w: %w", net.ErrClosed, err)
	}
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	var system tchannel.SystemError
	if !errors.As(err, &system) {
		return err
	}
	switch {
	case system.Code() == tchannel.ErrCodeTimeout:
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	case system.Wrapped() != nil:
		return fmt.Errorf("%v: %w", system.Code(), system.Wrapped())
	}
	return err
}
