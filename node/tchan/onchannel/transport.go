package onchannel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/node/transport"
	"github.com/ringmend/ringmend/node/wire"
)

// Options say how a [Transport] behaves. A field that is zero has the default that its
// comment names.
type Options struct {
	// Service is the name under which the endpoints are registered and called. Default:
	// [wire.Service], as in all Ringpop programs.
	Service string
	// MaxBody is the longest body in bytes of requests and answers. Default: [wire.MaxBody].
	MaxBody int
	// MaxInFlight is how many calls from outside are handled at one time; those above it
	// are answered "busy". Default: 1,024.
	MaxInFlight int
}

// Errors of [Transport.Listen].
var (
	// ErrNotListening means that the channel does not listen yet, or is closed.
	ErrNotListening = errors.New("the channel does not listen")
	// ErrOccupied means that another node uses the channel, or that the subchannel has a
	// handler for everything and takes no single ones.
	ErrOccupied = errors.New("the subchannel is in use")
)

// Transport carries the calls of a node over a channel of the application. It satisfies
// [transport.Transport].
type Transport struct {
	channel Channel
	sub     *tchannel.SubChannel
	opts    Options
	handler transport.Handler
	address string

	ctx    context.Context // ends with Close
	cancel context.CancelFunc

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup      // handlers
	slots   chan struct{}       // one is held by each
	peers   map[string]struct{} // that were added to the subchannel
}

var _ transport.Transport = (*Transport)(nil)

// Channel is what a transport needs of a channel: *tchannel.Channel has it.
type Channel interface {
	GetSubChannel(service string, opts ...tchannel.SubChannelOption) *tchannel.SubChannel
	PeerInfo() tchannel.LocalPeerInfo
	State() tchannel.ChannelState
}

// New returns a transport over a channel. The channel stays the caller's: it is to be
// closed after the node.
func New(channel Channel, o Options) (*Transport, error) {
	if o.MaxBody < 0 || o.MaxInFlight < 0 {
		return nil, fmt.Errorf("transport options: negative limits: MaxBody %d, MaxInFlight %d", o.MaxBody, o.MaxInFlight)
	}
	o.Service = cmp.Or(o.Service, wire.Service)
	o.MaxBody = cmp.Or(o.MaxBody, wire.MaxBody)
	o.MaxInFlight = cmp.Or(o.MaxInFlight, 1024)
	t := &Transport{
		channel: channel,
		sub:     channel.GetSubChannel(o.Service, tchannel.Isolated),
		opts:    o,
		slots:   make(chan struct{}, o.MaxInFlight),
		peers:   make(map[string]struct{}),
	}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t, nil
}

// Listen registers the endpoints of the protocol and of its tools. The address, unless it
// is empty, must be the one that the channel listens on. The error wraps [ErrNotListening],
// [ErrOccupied] or [net.ErrClosed].
func (t *Transport) Listen(address string, handler transport.Handler) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	info := t.channel.PeerInfo()
	switch {
	case t.closed:
		return fmt.Errorf("listen on %s: %w", address, net.ErrClosed)
	case t.handler != nil:
		return fmt.Errorf("listen on %s: already listening on %s", address, t.address)
	case info.IsEphemeralHostPort() || t.channel.State() != tchannel.ChannelListening:
		return fmt.Errorf("listen on %s: %w", address, ErrNotListening)
	case address != "" && address != info.HostPort:
		return fmt.Errorf("listen on %s: %w there, but on %s", address, ErrNotListening, info.HostPort)
	}
	t.handler, t.address = handler, info.HostPort
	if err := t.register(); err != nil {
		t.handler = nil
		return fmt.Errorf("listen on %s: %w", t.address, err)
	}
	return nil
}

// endpoint is the handler of one endpoint on the subchannel.
type endpoint struct{ of *Transport }

// Handle answers a call.
func (e *endpoint) Handle(ctx context.Context, call *tchannel.InboundCall) { e.of.serve(ctx, call) }

// register puts the endpoints on the subchannel. It takes over those of a transport that
// is closed.
func (t *Transport) register() (err error) {
	defer func() {
		// How the library says that the subchannel was given one handler for everything.
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrOccupied, p)
		}
	}()
	for _, h := range t.sub.GetHandlers() {
		if other, ok := h.(*endpoint); ok && other.of != t && !other.of.isClosed() {
			return fmt.Errorf("%w by the node at %s", ErrOccupied, other.of.address)
		}
	}
	for _, name := range wire.Endpoints() {
		t.sub.Register(&endpoint{t}, name)
	}
	return nil
}

// Address returns the host:port that the channel listens on; empty before Listen.
func (t *Transport) Address() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.address
}

// Close makes the endpoints refuse calls, ends those that are under way, waits for their
// handlers, and drops the peers. The channel stays open. Closing again does nothing.
func (t *Transport) Close() error {
	t.mu.Lock()
	closed := t.closed
	t.closed = true
	t.mu.Unlock()
	if closed {
		return nil
	}
	t.cancel()
	t.running.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	for address := range t.peers {
		t.drop(address)
	}
	return nil
}

func (t *Transport) isClosed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed
}
