package tchan

import (
	"encoding/binary"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// The input was checked before. Results point into the frame, which the next one
// overwrites.

// fragment is the part of a frame that all frames of messages have in common.
type fragment struct {
	more    bool
	sumType int
	chunks  []byte
}

// next takes the next chunk.
func (f *fragment) next() (chunk []byte, ok bool) {
	if len(f.chunks) == 0 {
		return nil, false
	}
	n := 2 + int(binary.BigEndian.Uint16(f.chunks))
	chunk, f.chunks = f.chunks[2:n], f.chunks[n:]
	return chunk, true
}

type callReqFrame struct {
	fragment
	ttl     time.Duration
	service []byte
	scheme  []byte
}

func parseCallReq(payload []byte) callReqFrame {
	r := reader{rest: payload}
	var f callReqFrame
	flags := r.byte()
	f.ttl = time.Duration(r.uint32()) * time.Millisecond
	r.skip(tracingSize)
	f.service = r.take(r.byte())
	for range r.byte() {
		key, value := r.take(r.byte()), r.take(r.byte())
		if string(key) == "as" {
			f.scheme = value
		}
	}
	f.fragment = parseFragment(flags, &r)
	return f
}

type callResFrame struct {
	fragment
	refused bool
}

func parseCallRes(payload []byte) callResFrame {
	r := reader{rest: payload}
	var f callResFrame
	flags := r.byte()
	f.refused = r.byte() != 0
	r.skip(tracingSize)
	for range r.byte() {
		r.skip(r.byte())
		r.skip(r.byte())
	}
	f.fragment = parseFragment(flags, &r)
	return f
}

func parseCont(payload []byte) fragment {
	r := reader{rest: payload}
	flags := r.byte()
	return parseFragment(flags, &r)
}

func parseFragment(flags int, r *reader) fragment {
	f := fragment{more: flags&moreFragments != 0, sumType: r.byte()}
	if f.sumType != sumNone {
		r.skip(4)
	}
	f.chunks = r.rest
	return f
}

func parseError(payload []byte) *SystemError {
	r := reader{rest: payload}
	code := Code(r.byte())
	r.skip(tracingSize)
	return &SystemError{code, wire.CutText(r.take(r.uint16()), maxMessage)}
}
