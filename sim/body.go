package sim

import (
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

// changesOf returns the changes of a body, and the version if they are a whole
// membership.
func changesOf(body any) ([]wire.Change, uint64) {
	switch b := body.(type) {
	case *wire.Ping:
		if b != nil {
			return b.Changes, b.Version
		}
	case *wire.PingRequest:
		return b.Changes, 0
	case *wire.PingRequestResponse:
		return b.Changes, 0
	case *wire.JoinResponse:
		return b.Membership, b.Version
	}
	return nil, 0
}

// size returns how many bytes a body takes on the wire, without encoding it.
// It is exact for what package wire encodes by hand; a join request, which is
// short, is taken for its typical size.
func (g *gauge) size(body any) int {
	changes, version := changesOf(body)
	list := 0
	if version != 0 && version == g.sizedVersion {
		list = g.sized
	} else {
		list = changesSize(changes)
		if version != 0 {
			g.sizedVersion, g.sized = version, list
		}
	}
	switch b := body.(type) {
	case *wire.Ping:
		if b == nil {
			return 0
		}
		return len(`{"changes":,"checksum":,"source":"","sourceIncarnationNumber":,"app":""}`) +
			list + digits(int64(b.Checksum)) + len(b.Source) + digits(b.SourceIncarnation) + len(b.App)
	case *wire.PingRequest:
		return len(`{"source":"","sourceIncarnationNumber":,"target":"","checksum":,"changes":}`) +
			list + len(b.Source) + digits(b.SourceIncarnation) + len(b.Target) + digits(int64(b.Checksum))
	case *wire.PingRequestResponse:
		n := len(`{"pingStatus":false,"target":"","changes":}`) + list + len(b.Target)
		if b.OK {
			n--
		}
		return n
	case *wire.JoinResponse:
		return len(`{"app":"","coordinator":"","membership":,"membershipChecksum":}`) +
			list + len(b.App) + len(b.Coordinator) + digits(int64(b.Checksum))
	case *wire.JoinRequest:
		const typical = 110
		return typical
	}
	return 0
}

func changesSize(changes []wire.Change) int {
	n := len(`[]`) + max(0, len(changes)-1)
	for i := range changes {
		c := &changes[i]
		n += len(`{"source":"","sourceIncarnationNumber":,"address":"","incarnationNumber":,"status":"","timestamp":}`)
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
