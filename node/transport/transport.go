package transport

import (
	"context"
	"errors"
	"net/netip"
)

// ErrNoRoom is wrapped by the error of a call for which this program could not make a
// connection, because it has too many or is out of descriptors: it says nothing about the peer.
var ErrNoRoom = errors.New("no room for another connection")

// A Handler answers a call from another program: it gets the endpoint ("/protocol/ping")
// and the raw body, and returns the body of the answer. An error is sent to the caller
// as an application error with the error's text, which is a RemoteError of package wire there.
//
// from is the network address that the call came from, whose port is that of the
// connection and not one on which the caller listens; it is invalid where the transport
// has no such addresses. The context ends when the caller's time is up or the transport
// closes. The body belongs to the handler. Handlers run concurrently, each in a
// goroutine of its own unless [Prompt.AnswerPromptly] says otherwise.
type Handler = func(ctx context.Context, from netip.AddrPort, endpoint string, body []byte) ([]byte, error)

// Transport carries calls between nodes. Bodies are the JSON of package wire, and
// endpoints are those of that package. All methods but Listen may be called concurrently.
type Transport interface {
	// Listen starts answering calls with handler at address, host:port. It is
	// called once, before any call is made.
	Listen(address string, handler Handler) error
	// Address returns the real host:port after Listen.
	Address() string
	// Call makes one attempt at a call and returns when ctx ends at the latest. What
	// the other side's handler refuses it with is a RemoteError of package wire.
	Call(ctx context.Context, address, endpoint string, body []byte) ([]byte, error)
	// Close stops listening, ends calls under way, and waits for handlers.
	Close() error
}
