package tchan

import (
	"sync"
	"time"
)

const (
	// readAhead is the size of the buffer into which frames are read. Those that fit cost
	// one read; pings mostly do.
	readAhead = 4 << 10
	// smallFrame is the size of the buffer for a frame that comes in pieces.
	smallFrame = 2 << 10
	// messageTimeouts is how many frame timeouts a message of several frames may
	// take.
	messageTimeouts = 3
)

// bigBuffers holds buffers for frames that do not fit smallFrame. A connection has one
// only while such a frame is on its way.
var bigBuffers = sync.Pool{New: func() any { return new([maxFrame]byte) }}

// readAll reads frames until the connection is closed. It is for connections that
// cannot be polled.
func (c *conn) readAll() {
	var ahead [readAhead]byte
	for {
		into := c.room(ahead[:])
		n, err := c.net.Read(into)
		if n > 0 {
			c.take(into[:n])
		} else if err != nil {
			c.close(lost(err))
		}
		if c.isClosed() != nil {
			c.dropPartial()
			return
		}
	}
}

// room returns where to read the next bytes: ahead between frames, and otherwise the rest
// of the frame and no more. The buffer can then be given back.
func (c *conn) room(ahead []byte) []byte {
	if c.partial == nil {
		return ahead
	}
	have, need := len(c.partial), headerSize
	if have >= headerSize {
		need = int(parseHeader(c.partial).size)
	}
	return c.partial[have:need]
}

// take takes in bytes that were read into room.
func (c *conn) take(b []byte) {
	if c.partial != nil {
		b = c.partial[:len(c.partial)+len(b)]
	}
	used, err := c.frames(b)
	if err != nil {
		c.dropPartial()
		return
	}
	rest := b[used:]
	switch {
	case len(rest) == 0:
		c.dropPartial()
	case used > 0 || c.partial == nil:
		c.keep(rest)
	default:
		c.partial = b // more of the same frame
		c.grow()
	}
	c.setClock()
}

// keep keeps the beginning of a frame.
func (c *conn) keep(rest []byte) {
	c.dropPartial()
	c.began = time.Now()
	c.partial = append(make([]byte, 0, smallFrame), rest[:min(len(rest), smallFrame)]...)
	c.grow()
	c.partial = append(c.partial, rest[len(c.partial):]...)
}

// grow makes room for the rest of a frame, once its size is known.
func (c *conn) grow() {
	if len(c.partial) < headerSize {
		return
	}
	if need := int(parseHeader(c.partial).size); need > cap(c.partial) {
		c.partial = append(bigBuffers.Get().(*[maxFrame]byte)[:0], c.partial...)
	}
}

func (c *conn) dropPartial() {
	if cap(c.partial) == maxFrame {
		bigBuffers.Put((*[maxFrame]byte)(c.partial[:maxFrame]))
	}
	c.partial = nil
}

// frames takes in the whole frames at the beginning of b, and returns how many bytes
// they are. After an error the connection is closed.
func (c *conn) frames(b []byte) (used int, err error) {
	for len(b)-used >= headerSize {
		h := parseHeader(b[used:])
		if err := c.check.header(h); err != nil {
			return used, c.refuse(h.id, err)
		}
		if len(b)-used < int(h.size) {
			break
		}
		payload := b[used+headerSize : used+int(h.size)]
		if err := c.check.frame(h, payload); err != nil {
			return used, c.refuse(h.id, err)
		}
		used += int(h.size)
		if err := c.handle(h, payload); err != nil {
			return used, c.refuse(h.id, err)
		}
		if err := c.isClosed(); err != nil {
			return used, err
		}
	}
	return used, nil
}

// setClock sets by when the peer must have sent what it began.
func (c *conn) setClock() {
	frameTimeout := c.t.opts.FrameTimeout
	var deadline time.Time
	earlier := func(t time.Time) {
		if deadline.IsZero() || t.Before(deadline) {
			deadline = t
		}
	}
	if !c.check.ready {
		c.mu.Lock()
		deadline = c.deadline // the handshake's
		c.mu.Unlock()
	}
	if c.partial != nil {
		earlier(c.began.Add(frameTimeout))
	}
	if since := c.check.unfinishedSince(); !since.IsZero() {
		earlier(since.Add(messageTimeouts * frameTimeout))
	}
	c.await(deadline)
}

// handle handles a valid frame.
func (c *conn) handle(h header, payload []byte) error {
	c.lastActive.Store(time.Now().UnixNano())
	switch h.kind {
	case kindInitReq, kindInitRes:
		c.introduce(h)
	case kindCallReq:
		return c.request(h.id, parseCallReq(payload))
	case kindCallReqCont:
		c.requestContinues(h.id, parseCont(payload))
	case kindCallRes:
		c.answer(h.id, parseCallRes(payload))
	case kindCallResCont:
		c.answerContinues(h.id, parseCont(payload))
	case kindError:
		c.failed(h.id, parseError(payload))
	case kindCancel:
		c.forgetArriving(h.id)
	case kindPingReq:
		c.post(appendFrame(nil, kindPingRes, h.id, nil))
	}
	return nil
}

// introduce makes a connection usable once its peer has introduced itself.
func (c *conn) introduce(h header) {
	if h.kind == kindInitReq {
		c.post(c.t.hello(kindInitRes, h.id))
	}
	c.introduced.Store(true)
	c.t.peers.add(c)
	c.wake(&c.ready)
}

// failed ends a call of ours, or the connection and with it all calls, with an error that the
// peer sent. Who hears of a call's end may begin the next one, and not on a lost connection.
func (c *conn) failed(id uint32, err *SystemError) {
	if err.Code == CodeProtocol || !c.check.ready {
		c.close(err)
	} else if p := c.t.pending.take(c, id); p != nil {
		p.end(err)
	}
}

// refuse tells the peer what is wrong with its frame and ends the connection.
func (c *conn) refuse(id uint32, reason error) error {
	c.t.log.warn("connection closed: bad frame", "peer", c.from, "error", reason)
	c.lastWord(errorFrame(id, CodeProtocol, reason.Error()))
	c.close(reason)
	return reason
}
