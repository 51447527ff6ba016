package tchan

import (
	"net"
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

const (
	// readAhead is the size of the buffer that each connection has all the time.
	// Frames that fit cost one read; pings mostly do.
	readAhead = 2 << 10
	// messageTimeouts is how many frame timeouts a message of several frames may
	// take.
	messageTimeouts = 3
	// refusalTimeout bounds telling a peer why its connection is closed.
	refusalTimeout = 100 * time.Millisecond
)

// bigBuffers holds buffers for frames that do not fit readAhead. A connection
// has one only while such a frame is on its way.
var bigBuffers = sync.Pool{New: func() any { return new([maxFrame]byte) }}

// guardedConn is a connection whose reader sees whole, checked frames only. The
// first bad frame ends it: the peer is told why, and all reads fail from then
// on.
//
// One goroutine reads at a time; everything else may be called from any.
type guardedConn struct {
	net.Conn
	t            *Transport
	side         side
	dialledTo    string      // the address; empty for accepted ones
	stopWatching func() bool // stops what closes it when its dial is given up
	closeOnce    sync.Once
	closeErr     error
	gone         chan struct{} // closed when the descriptor is free again

	inFlight   atomic.Int64 // calls that came over it and are being handled
	asked      asked        // calls that went over it and are not answered yet
	introduced atomic.Bool  // the handshake was received; from then on check.name stands
	lastActive atomic.Int64 // unix nanoseconds: last frame, or the beginning

	readDeadline  deadline
	writeDeadline atomic.Int64 // unix nanoseconds

	// The reader's. buf[start:checked] may be read, buf[checked:end] is the
	// beginning of a frame, or frames, not checked yet.
	check               checker
	small               [readAhead]byte
	big                 *[maxFrame]byte // nil: small is in use
	start, checked, end int
	failed              error
}

func (t *Transport) guard(raw net.Conn, s side) *guardedConn {
	c := &guardedConn{Conn: raw, t: t, side: s, gone: make(chan struct{})}
	c.check = checker{side: s, maxBody: t.opts.MaxBody, now: time.Now}
	c.readDeadline.set = raw.SetReadDeadline
	c.lastActive.Store(time.Now().UnixNano())
	c.readDeadline.frame(time.Now().Add(t.opts.HandshakeTimeout))
	return c
}

func (c *guardedConn) activeAt() time.Time { return time.Unix(0, c.lastActive.Load()) }

// busy reports whether calls are under way, in either direction.
func (c *guardedConn) busy(now time.Time) bool { return c.inFlight.Load() > 0 || c.asked.any(now) }

// Read implements net.Conn.
func (c *guardedConn) Read(p []byte) (int, error) {
	if c.failed != nil {
		return 0, c.failed
	}
	if len(p) == 0 {
		return 0, nil
	}
	if c.start == c.checked {
		if err := c.nextFrame(); err != nil {
			c.failed = err
			c.releaseBig()
			return 0, err
		}
	}
	n := copy(p, c.buf()[c.start:c.checked])
	c.start += n
	if c.start == c.end {
		c.releaseBig()
		c.start, c.checked, c.end = 0, 0, 0
	}
	return n, nil
}

func (c *guardedConn) buf() []byte {
	if c.big != nil {
		return c.big[:]
	}
	return c.small[:]
}

func (c *guardedConn) releaseBig() {
	if c.big != nil {
		bigBuffers.Put(c.big)
		c.big = nil
	}
}

// nextFrame reads until there is a whole frame behind checked, and checks it.
func (c *guardedConn) nextFrame() error {
	for {
		have := c.buf()[c.checked:c.end]
		need := headerSize
		if len(have) >= headerSize {
			h := parseHeader(have)
			if err := c.check.header(h); err != nil {
				return c.refuse(h.id, err)
			}
			need = int(h.size)
			if len(have) >= need {
				return c.pass(h, have[headerSize:need])
			}
		}
		if err := c.readMore(need); err != nil {
			return err
		}
	}
}

// pass lets a frame through to the reader if it is good.
func (c *guardedConn) pass(h header, payload []byte) error {
	if err := c.check.frame(h, payload); err != nil {
		return c.refuse(h.id, err)
	}
	c.checked += int(h.size)
	c.lastActive.Store(time.Now().UnixNano())
	if h.kind == kindCallRes || h.kind == kindError {
		c.asked.answered()
	}
	if !c.check.ready {
		return nil // an error instead of a handshake; the library closes
	}
	if since := c.check.unfinishedSince(); since.IsZero() {
		c.readDeadline.frame(time.Time{})
	} else {
		c.readDeadline.frame(since.Add(messageTimeouts * c.t.opts.FrameTimeout))
	}
	if !c.introduced.Load() {
		c.introduced.Store(true)
		if c.stopWatching != nil {
			c.stopWatching()
		}
	}
	return nil
}

// readMore reads once, towards a frame of need bytes of which a part may be
// here. From the first byte of a frame on the clock ticks.
func (c *guardedConn) readMore(need int) error {
	partial := c.end - c.checked
	if c.checked > 0 || need > len(c.buf()) {
		old := c.buf()[c.checked:c.end]
		if need > readAhead && c.big == nil {
			c.big = bigBuffers.Get().(*[maxFrame]byte)
		}
		copy(c.buf(), old)
		c.start, c.checked, c.end = 0, 0, partial
	}
	if partial > 0 {
		c.readDeadline.frameAtMost(time.Now().Add(c.t.opts.FrameTimeout))
	}
	limit := readAhead
	if c.big != nil {
		limit = need // nothing behind it, so that the buffer can be given back
	}
	n, err := c.Conn.Read(c.buf()[c.end:limit])
	c.end += n
	if n > 0 {
		return nil
	}
	return err
}

// refuse tells the peer what is wrong with its frame and ends the connection.
func (c *guardedConn) refuse(id uint32, reason error) error {
	c.t.log.warn("connection closed: bad frame", "peer", c.RemoteAddr(), "error", reason)
	_ = c.Conn.SetWriteDeadline(time.Now().Add(refusalTimeout))
	_, _ = c.Conn.Write(errorFrame(id, reason.Error()))
	c.Close()
	return reason
}

// Write implements net.Conn. The library writes whole frames. A peer that does
// not take one within FrameTimeout loses the connection; the library would stop
// writing but leave it open.
func (c *guardedConn) Write(p []byte) (int, error) {
	// Setting a deadline costs about as much as a small write, so it is renewed
	// only when half of it is over.
	now := time.Now()
	if timeout := c.t.opts.FrameTimeout; now.UnixNano() > c.writeDeadline.Load()-int64(timeout)/2 {
		renewed := now.Add(timeout)
		c.writeDeadline.Store(renewed.UnixNano())
		if err := c.Conn.SetWriteDeadline(renewed); err != nil {
			return 0, err
		}
	}
	c.asked.sent(p, now)
	n, err := c.Conn.Write(p)
	if err != nil {
		c.Close()
	}
	return n, err
}

// Close implements net.Conn; closing again returns what the first time did.
func (c *guardedConn) Close() error {
	c.closeOnce.Do(func() {
		c.t.conns.remove(c)
		c.closeErr = c.Conn.Close()
		close(c.gone)
	})
	return c.closeErr
}

// SetDeadline implements net.Conn. Writes have a deadline of their own.
func (c *guardedConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetReadDeadline implements net.Conn.
func (c *guardedConn) SetReadDeadline(t time.Time) error { return c.readDeadline.caller(t) }

// SetWriteDeadline implements net.Conn. Writes have a deadline of their own.
func (c *guardedConn) SetWriteDeadline(time.Time) error { return nil }

// SyscallConn implements syscall.Conn, which the library asks for.
func (c *guardedConn) SyscallConn() (syscall.RawConn, error) {
	if sc, ok := c.Conn.(syscall.Conn); ok {
		return sc.SyscallConn()
	}
	return nil, syscall.EINVAL
}
