package tchan

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/node/wire"
)

const (
	// defaultCallTimeout is for contexts without a deadline: TChannel knows no
	// calls that may take for ever.
	defaultCallTimeout = 30 * time.Second
	// maxCallTimeout is the longest time to live that is sent and accepted.
	maxCallTimeout = 10 * time.Minute

	// maxMessage is the longest error text in bytes that is taken from a peer.
	maxMessage = 1024
)

// RemoteError is the error that a peer's handler answered a call with; at most 1 KB of
// its text.
type RemoteError = wire.RemoteError

var (
	callOptions = &tchannel.CallOptions{Format: tchannel.JSON}
	noHeaders   = []byte("{}")
)

// Call sends body to the endpoint of the peer at address (host:port) and
// returns the body of the answer. It makes one attempt: it opens a connection
// when there is none to that peer, but never sends a request twice.
//
// The deadline of ctx is sent along, so that the peer stops working in time;
// without one it is 30 s, and it is at most 10 min. Call returns when ctx ends,
// whatever the network does.
//
// The error is a *[RemoteError] when the peer's handler refused the call. It
// wraps context.DeadlineExceeded or context.Canceled when the time was up, and
// [net.ErrClosed] when the transport was closed.
func (t *Transport) Call(ctx context.Context, address, endpoint string, body []byte) ([]byte, error) {
	ctx, cancel := callContext(ctx)
	defer cancel()
	answer, err := t.call(ctx, address, endpoint, body)
	if err != nil {
		return nil, fmt.Errorf("call %s of %s: %w", endpoint, address, t.cause(ctx, err))
	}
	return answer, nil
}

func callContext(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithTimeout(ctx, defaultCallTimeout)
	}
	if time.Until(deadline) > maxCallTimeout {
		return context.WithTimeout(ctx, maxCallTimeout)
	}
	return ctx, func() {}
}

func (t *Transport) call(ctx context.Context, address, endpoint string, body []byte) ([]byte, error) {
	if len(body) > t.opts.MaxBody {
		return nil, fmt.Errorf("body of %d bytes, at most %d are allowed", len(body), t.opts.MaxBody)
	}
	for _, loser := range t.callees.begin(address) {
		hangUp(t.ch, loser)
	}
	defer t.callees.end(address)
	call, err := t.begin(ctx, address, endpoint)
	if err != nil {
		return nil, err
	}
	if err := tchannel.NewArgWriter(call.Arg2Writer()).Write(noHeaders); err != nil {
		return nil, err
	}
	if err := tchannel.NewArgWriter(call.Arg3Writer()).Write(body); err != nil {
		return nil, err
	}
	return readAnswer(call.Response())
}

// maxBegins is how many connections may be closed, by either side, just when a call
// is to begin on them.
const maxBegins = 5

// begin begins a call. When its connection is closed at that moment nothing has been
// sent, and another one is used.
func (t *Transport) begin(ctx context.Context, address, endpoint string) (call *tchannel.OutboundCall, err error) {
	for range maxBegins {
		var peer *tchannel.Peer
		if peer, err = t.connectedPeer(ctx, address); errors.Is(err, errLostConnection) {
			continue
		} else if err != nil {
			return nil, err
		}
		call, err = peer.BeginCall(ctx, t.opts.Service, endpoint, callOptions)
		if !errors.Is(err, tchannel.ErrConnectionClosed) {
			return call, err
		}
	}
	return nil, err
}

// readAnswer needs no limits of its own: the guard lets no longer answers pass.
func readAnswer(response *tchannel.OutboundCallResponse) ([]byte, error) {
	var headers, body []byte
	if err := tchannel.NewArgReader(response.Arg2Reader()).Read(&headers); err != nil {
		return nil, err
	}
	if err := tchannel.NewArgReader(response.Arg3Reader()).Read(&body); err != nil {
		return nil, err
	}
	if response.ApplicationError() {
		return nil, wire.NewRemoteError(body)
	}
	return body, nil
}

// cause makes the errors of the library testable with errors.Is.
func (t *Transport) cause(ctx context.Context, err error) error {
	var remote *RemoteError
	if errors.As(err, &remote) {
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
