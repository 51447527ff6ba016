package tchan

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opentracing/opentracing-go"
	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/node/transport"
)

// Handler answers a call. What it returns as an error is sent to the caller as an
// application error with the error's text.
type Handler = transport.Handler

// A Transport makes and answers calls. Its methods may be used from many
// goroutines, except that Listen must not run at the same time as Call.
type Transport struct {
	opts    Options
	log     *limitedLog
	secure  *securer // nil: TLS is off
	ch      *tchannel.Channel
	conns   *connTable
	callees *callees
	handler atomic.Pointer[Handler]

	inFlight atomic.Int64 // calls from outside that are being handled
	buffered budget       // bytes of their bodies
	running  sync.WaitGroup
	roomTold atomic.Bool // the log says already that connections are given up

	// ctx ends with the transport; it is the parent of all that runs in it.
	ctx    context.Context
	cancel context.CancelFunc

	dialTimeout time.Duration // tests change it

	mu     sync.Mutex
	closed bool
	dials  map[string]*dial // connections being made, by address
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
	t.callees = newCallees(o.MaxCallees)
	t.buffered.limit = int64(o.MaxBuffered)
	t.ctx, t.cancel = context.WithCancel(context.Background())

	ch, err := tchannel.NewChannel(o.Caller, &tchannel.ChannelOptions{
		Logger:            libraryLog{o.Logger},
		Tracer:            opentracing.NoopTracer{}, // not the process-wide one
		Handler:           tchannel.HandlerFunc(t.serve),
		Dialer:            t.dialConn,
		ConnContext:       t.connContext,
		MaxIdleTime:       o.IdleTimeout,
		IdleCheckInterval: max(o.IdleTimeout/4, time.Millisecond),
		DefaultConnectionOptions: tchannel.ConnectionOptions{
			// The library's 512 frames of 64 KB are too much to hold for a peer
			// that does not read.
			SendBufferSize: 32,
		},
	})
	if err != nil {
		t.cancel()
		return nil, fmt.Errorf("transport: %w", err)
	}
	t.ch = ch
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
	t.handler.Store(&h)
	if err := t.ch.Serve(&listener{Listener: l, t: t, advertised: advertised}); err != nil {
		return errors.Join(fmt.Errorf("listen on %s: %w", address, err), l.Close())
	}
	return nil
}

// Address returns the host:port at which peers are told to call; empty before Listen.
func (t *Transport) Address() string {
	info := t.ch.PeerInfo()
	if info.IsEphemeral {
		return ""
	}
	return info.HostPort
}

// Close stops listening, breaks all connections and waits for the handlers to
// return: their contexts end, and calls that are under way fail with an error
// that wraps [net.ErrClosed]. Closing again does nothing. A Handler must not
// call Close.
func (t *Transport) Close() error {
	t.mu.Lock()
	closed := t.closed
	t.closed = true
	t.mu.Unlock()
	if closed {
		return nil
	}
	t.cancel()
	t.ch.Close()
	t.conns.close()
	t.awaitClosed()
	t.running.Wait()
	return nil
}

// awaitClosed waits until the library has seen all its connections end. Two
// connections that end at the same moment can hide the last step from it;
// closing again takes that step.
func (t *Transport) awaitClosed() {
	for range 20 {
		select {
		case <-t.ch.ClosedChan():
			return
		case <-time.After(50 * time.Millisecond):
			t.ch.Close()
		}
	}
}

func (t *Transport) isClosed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed
}
