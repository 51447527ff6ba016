package sim

import (
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// passRequest returns what the target gets to see of a request: what the codec
// of the wire makes of it, or the body itself. Neither who sends a body nor who
// gets it may change it afterwards; with the codec they have no memory in common,
// and the trace must be the same.
func (w *world) passRequest(f *flight) wire.Request {
	if w.script.Wire {
		return w.recodeRequest(f)
	}
	return f.request
}

func (w *world) passResponse(f *flight) (wire.Response, error) {
	if f.err != nil || f.response == nil || !w.script.Wire {
		return f.response, f.err
	}
	return w.recodeResponse(f)
}

// recodeRequest passes a request through the codec of the wire. An error is a
// violation: a core must not send what cannot be read.
func (w *world) recodeRequest(f *flight) wire.Request {
	var encoder wire.Encoder
	body, err := encoder.Encode(f.request)
	if err == nil {
		var request wire.Request
		if request, err = wire.DecodeRequest(f.request.Endpoint(), body); err == nil {
			return request
		}
	}
	w.violate(invariantWire, []*machine{f.from, f.to}, "node %d sent what cannot be read: %v", f.from.number(), err)
	return nil
}

func (w *world) recodeResponse(f *flight) (wire.Response, error) {
	var encoder wire.Encoder
	body, err := encoder.Encode(f.response)
	if err == nil {
		response, skipped, err := wire.DecodeResponse(f.request.Endpoint(), body)
		if err == nil && skipped == 0 {
			return response, nil
		}
	}
	w.violate(invariantWire, []*machine{f.from, f.to}, "node %d answered what cannot be read: %v", f.to.number(), err)
	return nil, errTimedOut
}

// told is what a body tells: changes, or a set of them.
type told struct {
	changes []wire.Change
	packed  wire.Packed
	version uint64 // of the membership, if it is a whole one
}

func (t *told) len() int {
	if t.packed != nil {
		return t.packed.Len()
	}
	return len(t.changes)
}

func (t *told) at(i int) wire.Change {
	if t.packed != nil {
		return t.packed.At(i)
	}
	return t.changes[i]
}

// toldBy returns what a body tells.
func toldBy(body any) told {
	switch b := body.(type) {
	case *wire.Ping:
		if b != nil {
			return told{b.Changes, b.Packed, b.Version}
		}
	case *wire.PingRequest:
		return told{b.Changes, b.Packed, 0}
	case *wire.PingRequestResponse:
		return told{b.Changes, b.Packed, 0}
	case *wire.JoinResponse:
		return told{b.Membership, b.Packed, b.Version}
	}
	return told{}
}

// emptied returns a request of the same kind that tells nothing. What it has told is
// given back: nobody looks at it any more.
func emptied(request wire.Request) wire.Request {
	t := toldBy(request)
	if t.len() == 0 {
		return request
	}
	t.giveBack()
	switch r := request.(type) {
	case *wire.Ping:
		return &wire.Ping{Version: r.Version}
	case *wire.PingRequest:
		return &wire.PingRequest{Target: r.Target}
	}
	return request
}

func (t *told) giveBack() {
	if b, ok := t.packed.(*swim.ChangeSet); ok {
		b.Release()
	}
}

// size returns how many bytes a body takes on the wire, without encoding it.
// It is exact for what package wire encodes by hand; a join request, which is
// short, is taken for its typical size.
func (g *nodeMeter) size(body any, list *told) int {
	changes := 0
	if list.version != 0 && list.version == g.sizedVersion {
		changes = g.sized
	} else {
		changes = list.size()
		if list.version != 0 {
			g.sizedVersion, g.sized = list.version, changes
		}
	}
	switch b := body.(type) {
	case *wire.Ping:
		if b == nil {
			return 0
		}
		return len(`{"changes":,"checksum":,"source":"","sourceIncarnationNumber":,"app":""}`) +
			changes + digits(int64(b.Checksum)) + len(b.Source) + digits(b.SourceIncarnation) + len(b.App)
	case *wire.PingRequest:
		return len(`{"source":"","sourceIncarnationNumber":,"target":"","checksum":,"changes":}`) +
			changes + len(b.Source) + digits(b.SourceIncarnation) + len(b.Target) + digits(int64(b.Checksum))
	case *wire.PingRequestResponse:
		n := len(`{"pingStatus":false,"target":"","changes":}`) + changes + len(b.Target)
		if b.OK {
			n--
		}
		return n
	case *wire.JoinResponse:
		return len(`{"app":"","coordinator":"","membership":,"membershipChecksum":}`) +
			changes + len(b.App) + len(b.Coordinator) + digits(int64(b.Checksum))
	case *wire.JoinRequest:
		const typical = 110
		return typical
	}
	return 0
}

// size returns how many bytes the list takes. Of a long one not every change is
// looked at: see [weighed].
func (t *told) size() int {
	n := t.len()
	size, done := 0, 0
	for i := 0; i < n; i += max(1, n/weighed) {
		c := t.at(i)
		size += changeSize(&c)
		done++
	}
	if done > 0 {
		size = size * n / done
	}
	return len(`[]`) + max(0, n-1) + size
}

func changeSize(c *wire.Change) int {
	n := len(`{"source":"","sourceIncarnationNumber":,"address":"","incarnationNumber":,"status":"","timestamp":}`)
	n += len(c.Source) + digits(c.SourceIncarnation) + len(c.Address) + digits(c.Incarnation) + digits(c.Timestamp)
	if c.Status == wire.Tombstone {
		n += len(`faulty,"tombstone":true`)
	} else {
		n += len(c.Status.String())
	}
	if len(c.Labels) > 0 {
		n += len(`,"labels":{}`) + len(c.Labels) - 1
		for key, value := range c.Labels {
			n += len(`"":""`) + len(key) + len(value)
		}
	}
	return n
}

func digits(n int64) int {
	// Most are milliseconds or seconds since 1970.
	switch {
	case n >= 1e12 && n < 1e13:
		return 13
	case n >= 1e9 && n < 1e10:
		return 10
	}
	count := 1
	if n < 0 {
		count, n = 2, -n
	}
	for ; n >= 10; n /= 10 {
		count++
	}
	return count
}
