package tchan

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringmend/ringmend/node/transport"
)

// Handler answers a call. What it returns as an error is sent to the caller as an
// application error with the error's text.
type Handler = transport.Handler

// A Transport makes and answers calls. Its methods may be used from many
// goroutines, except that Listen must not run at the same time as Call.
type Transport struct {
	opts     Options
	log      *limitedLog
	secure   *securer // nil: TLS is off
	conns    *connTable
	peers    *peerTable
	pending  *pendingCalls
	callees  *callees
	poller   atomic.Pointer[poller]
	handler  atomic.Pointer[Handler]
	promptly func(endpoint string) bool // which calls it answers without waiting; nil: none
	address  atomic.Pointer[string]     // where it listens

	inFlight atomic.Int64 // calls from outside that are being handled
	buffered budget       // bytes of their bodies
	running  sync.WaitGroup
	roomTold atomic.Bool // the log says already that connections are given up

	// ctx ends with the transport; it is the parent of all that runs in it.
	ctx    context.Context
	cancel context.CancelFunc

	dialTimeout time.Duration // tests change it

	mu       sync.Mutex
	closed   bool
	listener net.Listener     // nil before Listen
	dials    map[string]*dial // connections being made, by address
	sweeper  *time.Timer
}

// New returns a transport that can make calls and does not listen yet. It must
// be closed.
func New(o Options) (*Transport, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("transport options: %w", err)
	}
	t := &Transport{
		opts:        o,
		log:         &limitedLog{log: o.Logger},
		dialTimeout: dialTimeout,
		dials:       make(map[string]*dial),
	}
	t.secure = newSecurer(&o, t.log)
	t.conns = newConnTable(o.MaxConnections, o.MaxOpen)
	t.peers, t.pending = newPeerTable(), newPendingCalls()
	t.callees = newCallees(o.MaxCallees)
	t.buffered.limit = int64(o.MaxBuffered)
	t.ctx, t.cancel = context.WithCancel(context.Background())

	t.mu.Lock()
	defer t.mu.Unlock()
	t.sweeper = time.AfterFunc(t.sweepEvery(), t.sweep)
	if limit := descriptorLimit(); limit > 0 && limit < fewDescriptors {
		o.Logger.Warn("few file descriptors (ulimit -n): idle connections are given up for others",
			"limit", limit, "connections", o.MaxOpen)
	}
	return t, nil
}

// Listen starts answering calls with h at address, which is host:port; port 0
// picks a free one. A transport listens at most once.
func (t *Transport) Listen(address string, h Handler) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return fmt.Errorf("listen on %s: %w", address, net.ErrClosed)
	}
	if t.handler.Load() != nil {
		return fmt.Errorf("listen on %s: already listening on %s", address, t.Address())
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err // says "listen tcp", the address and the reason
	}
	advertised, err := t.opts.advertised(l.Addr())
	if err != nil {
		return errors.Join(err, l.Close())
	}
	t.serveListener(l, advertised, h)
	return nil
}

// serveListener lets connections in that come to l, and tells peers to call the
// advertised address. The caller holds t.mu.
func (t *Transport) serveListener(l net.Listener, advertised net.Addr, h Handler) {
	t.handler.Store(&h)
	t.listener = l
	t.setAddress(advertised.String())
	t.running.Go(func() { t.acceptAll(l) })
}

// Address returns the host:port at which peers are told to call; empty before Listen.
func (t *Transport) Address() string {
	if address := t.address.Load(); address != nil {
		return *address
	}
	return ""
}

func (t *Transport) setAddress(address string) {
	t.address.Store(&address)
	t.peers.mu.Lock()
	defer t.peers.mu.Unlock()
	t.peers.own = address
}

// Close stops listening, breaks all connections and waits for the handlers to
// return: their contexts end, and calls that are under way fail with an error
// that wraps [net.ErrClosed]. Closing again does nothing. A Handler must not
// call Close.
func (t *Transport) Close() error {
	t.mu.Lock()
	closed, listener := t.closed, t.listener
	t.closed = true
	t.sweeper.Stop()
	t.mu.Unlock()
	if closed {
		return nil
	}
	t.cancel()
	if listener != nil {
		_ = listener.Close()
	}
	t.conns.close()
	if p := t.poller.Load(); p != nil {
		p.close()
	}
	t.running.Wait()
	return nil
}

func (t *Transport) isClosed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed
}

// sweepEvery is how often is looked for idle connections.
func (t *Transport) sweepEvery() time.Duration { return max(t.opts.IdleTimeout/4, time.Millisecond) }

// sweep closes idle connections.
func (t *Transport) sweep() {
	for _, c := range t.conns.idle(time.Now(), t.opts.IdleTimeout) {
		c.retire()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.sweeper.Reset(t.sweepEvery())
	}
}
