package tchan

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Sizes in bytes that the TChannel protocol (version 2) fixes.
const (
	headerSize  = 16
	maxFrame    = 1<<16 - 1
	tracingSize = 25
	maxService  = 255
)

// sizeOfTLS is the first bytes of a TLS handshake read as the size of a frame, whose kind
// would be init req. No real one is that long unless on purpose.
const sizeOfTLS = 0x1603

// The kinds of frames.
const (
	kindInitReq     = 0x01
	kindInitRes     = 0x02
	kindCallReq     = 0x03
	kindCallRes     = 0x04
	kindCallReqCont = 0x13
	kindCallResCont = 0x14
	kindCancel      = 0xc0
	kindPingReq     = 0xd0
	kindPingRes     = 0xd1
	kindError       = 0xff
)

// ErrFrame is wrapped by every error about bytes from a peer that are no valid
// frame, or a frame that must not come at this point.
var ErrFrame = errors.New("bad frame")

func badFrame(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFrame, fmt.Sprintf(format, args...))
}

// header is the beginning of each frame.
type header struct {
	size uint16 // of the whole frame
	kind byte
	id   uint32
}

// parseHeader reads a header from at least headerSize bytes.
func parseHeader(b []byte) header {
	return header{
		size: binary.BigEndian.Uint16(b),
		kind: b[2],
		id:   binary.BigEndian.Uint32(b[4:]),
	}
}

// A checker follows the frames of one connection and says for each whether
// it may be passed on. It does no I/O and, while frames are good, no
// allocations, but for messages of several frames.
//
// It is stricter than the protocol where tchannel-go would crash, or would
// never answer: see the package comment.
type checker struct {
	side    side
	maxBody int              // bytes
	now     func() time.Time // asked for messages of several frames only

	ready    bool         // the handshake was received
	name     string       // the host:port that the peer goes by; valid once ready
	requests openMessages // calls of the peer's, of which more is to come
	answers  openMessages // answers to us, of which more is to come
}

// header checks what can be said before the rest of the frame is there.
func (c *checker) header(h header) error {
	if h.size < headerSize {
		return badFrame("frame of %d bytes", h.size)
	}
	switch h.kind {
	case kindInitReq:
		if c.ready || c.side != accepted {
			return badFrame("unexpected init req")
		}
		if h.size == sizeOfTLS {
			return badFrame("the peer speaks TLS, and this node does not")
		}
		return nil
	case kindInitRes:
		if c.ready || c.side != dialled {
			return badFrame("unexpected init res")
		}
		return nil
	case kindError:
		if !c.ready && c.side == accepted {
			return badFrame("error frame before init req")
		}
		return nil
	case kindCallReq, kindCallRes, kindCallReqCont, kindCallResCont, kindCancel, kindPingReq, kindPingRes:
		if !c.ready {
			return badFrame("frame of type %#02x before the handshake", h.kind)
		}
		return nil
	}
	return badFrame("unknown type %#02x", h.kind)
}

// frame checks a whole frame and records it for the checks of later ones. After an
// error the connection is over: the checker must not be used again.
func (c *checker) frame(h header, payload []byte) error {
	if err := c.header(h); err != nil {
		return err
	}
	if int(h.size) != headerSize+len(payload) {
		return badFrame("frame of %d bytes with a payload of %d", h.size, len(payload))
	}
	r := reader{rest: payload}
	switch h.kind {
	case kindInitReq, kindInitRes:
		var err error
		c.name, err = checkInit(&r)
		c.ready = err == nil
		return err
	case kindCallReq:
		return c.callReq(h.id, &r)
	case kindCallRes:
		return c.callRes(h.id, &r)
	case kindCallReqCont:
		return c.callContinue(&c.requests, h.id, &r)
	case kindCallResCont:
		return c.callContinue(&c.answers, h.id, &r)
	case kindError:
		c.answers.remove(h.id)
		return checkError(&r)
	case kindCancel:
		c.requests.remove(h.id)
		return checkCancel(&r)
	default: // pings
		return r.end()
	}
}

func checkError(r *reader) error {
	r.skip(1 + tracingSize) // code
	r.skip(r.uint16())      // message
	return r.end()
}

func checkCancel(r *reader) error {
	r.skip(4 + tracingSize) // time to live
	r.skip(r.uint16())      // why
	return r.end()
}

// reader takes fields off the beginning of a payload. Reading past the end gives
// zeros and is remembered.
type reader struct {
	rest  []byte
	short bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		r.rest, r.short = nil, true
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) skip(n int) { r.take(n) }

func (r *reader) byte() int {
	if b := r.take(1); b != nil {
		return int(b[0])
	}
	return 0
}

// peek returns the next byte without taking it.
func (r *reader) peek() int {
	if len(r.rest) > 0 {
		return int(r.rest[0])
	}
	return 0
}

func (r *reader) uint16() int {
	if b := r.take(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// end checks that the payload held exactly what was read.
func (r *reader) end() error {
	switch {
	case r.short:
		return badFrame("it ends within a field")
	case len(r.rest) > 0:
		return badFrame("%d bytes behind its last field", len(r.rest))
	}
	return nil
}
