package tchan

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// side says who opened a connection.
type side uint8

const (
	accepted side = iota // the peer did
	dialled              // we did
)

// conn is a TChannel connection. Calls go both ways over it, whichever side made it.
//
// One goroutine at a time handles its frames: the poller of the transport, which handles
// those of all connections, or a goroutine of its own if the connection is not a socket
// that can be polled. Everything else may be done by any goroutine. Nothing that the
// poller runs waits for the network or for a handler.
//
// A node has a connection to each peer, and most of them are idle at any moment, so what
// an idle one holds is kept small: no goroutine and no buffer.
type conn struct {
	t         *Transport
	net       net.Conn
	raw       syscall.RawConn // nil where it cannot be polled
	side      side
	dialledTo string         // the address; empty for accepted ones
	from      netip.AddrPort // the peer's end
	polled    int32          // its number in the poller

	introduced atomic.Bool  // the handshake was received; from then on check.name stands
	lastActive atomic.Int64 // unix nanoseconds: last frame, or the beginning

	// Of the goroutine that takes frames in.
	check   checker
	partial []byte    // the beginning of a frame; nil between frames
	began   time.Time // when that came

	out outbox

	mu       sync.Mutex
	retired  bool // begins no more of our calls
	closed   bool
	cause    error         // why, once closed
	calls    int           // ours under way
	inFlight int           // theirs that are being handled
	serving  []uint32      // and not answered yet, by id
	arriving []*request    // theirs of which more is to come
	lastID   uint32        // of our calls
	deadline time.Time     // closed then unless the awaited data arrives; zero: none is awaited
	timer    *time.Timer   // nil until first needed
	ready    chan struct{} // closed when it can be used or is closed; nil without waiters
	gone     chan struct{} // closed when the descriptor is free again; nil without waiters
}

// errNotSent is returned for a call on a connection that was closed or retired before
// anything of the call was sent.
var errNotSent = errors.New("connection was closed before the call")

// newConn returns a connection that has yet to introduce itself.
func (t *Transport) newConn(raw net.Conn, s side) *conn {
	c := &conn{t: t, net: raw, side: s}
	if socket, ok := raw.(*net.TCPConn); ok {
		c.raw, _ = socket.SyscallConn() // it fails when closed, as all that follows does
	}
	c.check = checker{side: s, maxBody: t.opts.MaxBody, now: time.Now}
	c.from = addrPortOf(raw.RemoteAddr())
	now := time.Now()
	c.lastActive.Store(now.UnixNano())
	c.await(now.Add(t.opts.HandshakeTimeout))
	return c
}

func addrPortOf(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		at := tcp.AddrPort()
		return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	}
	at, _ := netip.ParseAddrPort(a.String())
	return at
}

// run handles frames until the connection is closed.
func (c *conn) run() {
	if c.t.poll(c) {
		return
	}
	if !c.t.spawn(c.readAll) {
		c.close(net.ErrClosed)
	}
}

func (c *conn) activeAt() time.Time { return time.Unix(0, c.lastActive.Load()) }

// busy reports whether calls are under way, in either direction.
func (c *conn) busy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls > 0 || c.inFlight > 0
}

// usable reports whether calls may begin on it.
func (c *conn) usable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.retired && !c.closed
}

// beginCall returns the id of a call that begins.
func (c *conn) beginCall(p *pending) (id uint32, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.retired || c.closed {
		return 0, errNotSent
	}
	for {
		c.lastID++
		if c.lastID != noCall && c.t.pending.add(c, c.lastID, p) {
			c.calls++
			return c.lastID, nil
		}
	}
}

func (c *conn) endCall() {
	c.mu.Lock()
	c.calls--
	c.mu.Unlock()
	c.closeIfRetired()
}

// beginServing counts a call of the peer's that is about to be handled, of which no other
// has the id. It reports false when that would be too many.
func (c *conn) beginServing(id uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || !c.t.enter(c.inFlight) {
		return false
	}
	c.inFlight++
	c.serving = append(c.serving, id)
	return true
}

// active reports whether a call of the peer's is being handled.
func (c *conn) active(id uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.serving, id)
}

// answering records that a call has its answer: its id may be used again.
func (c *conn) answering(id uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.serving, id); i >= 0 {
		c.serving = slices.Delete(c.serving, i, i+1)
	}
}

func (c *conn) endServing() {
	c.mu.Lock()
	c.inFlight--
	c.mu.Unlock()
	c.t.inFlight.Add(-1)
	c.closeIfRetired()
}

// until returns a channel that wake closes, one of ready and gone.
func (c *conn) until(event *chan struct{}) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if *event == nil {
		*event = make(chan struct{})
		if c.closed || event == &c.ready && c.introduced.Load() {
			close(*event)
		}
	}
	return *event
}

func (c *conn) wake(event *chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if *event != nil {
		select {
		case <-*event:
		default:
			close(*event)
		}
	}
}
