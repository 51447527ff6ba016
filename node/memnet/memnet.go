package memnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"

	"github.com/ringmend/ringmend/node/transport"
	"github.com/ringmend/ringmend/node/wire"
)

// Handler answers calls. It is told the address on which the caller listens, if it is an
// IP address.
type Handler = transport.Handler

// Network connects transports. The zero value is ready; it may be used
// concurrently.
type Network struct {
	mu         sync.Mutex
	transports map[string]*Transport
	cut        map[[2]string]bool
	nextPort   int
}

// Transport is one end of the network.
type Transport struct {
	network *Network
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc

	mu      sync.Mutex
	address string
	handler Handler
	closed  bool
	running sync.WaitGroup
}

// RemoteError is an error that the handler of the other side has returned.
type RemoteError = wire.RemoteError

// NewTransport returns a transport that can call, and listen once.
func (n *Network) NewTransport() *Transport {
	t := &Transport{network: n}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t
}

// Cut makes calls between two addresses wait until their time is over, in both
// directions, until [Network.Mend].
func (n *Network) Cut(a, b string) { n.setCut(a, b, true) }

// Mend ends a cut.
func (n *Network) Mend(a, b string) { n.setCut(a, b, false) }

func (n *Network) setCut(a, b string, cut bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cut == nil {
		n.cut = make(map[[2]string]bool)
	}
	n.cut[[2]string{a, b}], n.cut[[2]string{b, a}] = cut, cut
}

// Listen starts answering calls to the address with the handler. Port 0 picks a
// free port.
func (t *Transport) Listen(address string, handler Handler) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed:
		return fmt.Errorf("listen on %s: %w", address, net.ErrClosed)
	case t.handler != nil:
		return fmt.Errorf("listen on %s: already listening on %s", address, t.address)
	}
	bound, err := t.network.bind(address, t)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", address, err)
	}
	t.address, t.handler = bound, handler
	return nil
}

func (n *Network) bind(address string, t *Transport) (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.transports == nil {
		n.transports = make(map[string]*Transport)
		n.nextPort = 1024
	}
	if host, free := strings.CutSuffix(address, ":0"); free {
		for n.transports[address] != nil || strings.HasSuffix(address, ":0") {
			n.nextPort++
			address = fmt.Sprintf("%s:%d", host, n.nextPort)
		}
	}
	if n.transports[address] != nil {
		return "", syscall.EADDRINUSE
	}
	n.transports[address] = t
	return address, nil
}

// Address returns the address after Listen.
func (t *Transport) Address() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.address
}

// Call calls an endpoint of the transport that listens on an address. Errors of
// its handler are [RemoteError].
func (t *Transport) Call(ctx context.Context, address, endpoint string, body []byte) ([]byte, error) {
	answer, err := t.call(ctx, address, endpoint, body)
	if remote := new(RemoteError); err != nil && !errors.As(err, &remote) {
		return nil, fmt.Errorf("call %s of %s: %w", endpoint, address, err)
	}
	return answer, err
}

func (t *Transport) call(ctx context.Context, address, endpoint string, body []byte) ([]byte, error) {
	target, cut := t.network.find(t.Address(), address)
	if cut {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-t.ctx.Done():
			return nil, net.ErrClosed
		}
	}
	if target == nil {
		return nil, syscall.ECONNREFUSED
	}
	type result struct {
		body []byte
		err  error
	}
	done := make(chan result, 1)
	if !target.serve(ctx, func(ctx context.Context, handler Handler) {
		from, _ := netip.ParseAddrPort(t.Address())
		answer, err := handler(ctx, from, endpoint, body)
		if err != nil {
			err = &RemoteError{Message: err.Error()}
		}
		done <- result{answer, err}
	}) {
		return nil, syscall.ECONNREFUSED
	}
	select {
	case r := <-done:
		return r.body, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-t.ctx.Done():
		return nil, net.ErrClosed
	}
}

func (n *Network) find(from, to string) (target *Transport, cut bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.transports[to], n.cut[[2]string{from, to}]
}

// serve runs a call on this transport, unless it is closed.
func (t *Transport) serve(caller context.Context, run func(context.Context, Handler)) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	handler := t.handler
	t.running.Go(func() {
		ctx, cancel := context.WithCancel(t.ctx)
		defer cancel()
		defer context.AfterFunc(caller, cancel)()
		run(ctx, handler)
	})
	return true
}

// Close stops listening, ends calls that are under way and waits for handlers.
func (t *Transport) Close() error {
	t.mu.Lock()
	address, closed := t.address, t.closed
	t.closed = true
	t.mu.Unlock()
	if closed {
		return nil
	}
	t.cancel()
	t.network.mu.Lock()
	if t.network.transports[address] == t {
		delete(t.network.transports, address)
	}
	t.network.mu.Unlock()
	t.running.Wait()
	return nil
}
