package sim

import (
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// copyRequest returns what the target gets to see of a request: a copy, since
// bodies that travel over a wire share no memory. Whole memberships are the
// exception: they never change (see [swim.Node.Membership]), and copying them is
// what large clusters would spend their time on.
func (w *world) copyRequest(f *flight) wire.Request {
	if w.script.Wire {
		return w.recodeRequest(f)
	}
	switch r := f.request.(type) {
	case *wire.Ping:
		c := *r
		c.Changes = copyChanges(r.Changes, r.Version)
		return &c
	case *wire.PingRequest:
		c := *r
		c.Changes = slices.Clone(r.Changes)
		return &c
	case *wire.JoinRequest:
		c := *r
		return &c
	}
	return f.request
}

func (w *world) copyResponse(f *flight) (wire.Response, error) {
	if f.err != nil || f.response == nil {
		return f.response, f.err
	}
	if w.script.Wire {
		return w.recodeResponse(f)
	}
	switch r := f.response.(type) {
	case *wire.Ping:
		if r == nil {
			return r, nil // a mutant
		}
		c := *r
		c.Changes = copyChanges(r.Changes, r.Version)
		return &c, nil
	case *wire.PingRequestResponse:
		c := *r
		c.Changes = slices.Clone(r.Changes)
		return &c, nil
	case *wire.JoinResponse:
		c := *r
		c.Membership = copyChanges(r.Membership, r.Version)
		return &c, nil
	}
	return f.response, nil
}

func copyChanges(changes []wire.Change, version uint64) []wire.Change {
	if version != 0 {
		return changes[:len(changes):len(changes)]
	}
	return slices.Clone(changes)
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
	count := 1
	if n < 0 {
		count, n = 2, -n
	}
	for ; n >= 10; n /= 10 {
		count++
	}
	return count
}
