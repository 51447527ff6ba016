package world

import (
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Told is the changes that a body carries, in either form.
type Told struct {
	Changes []wire.Change
	packed  wire.Packed
	Version uint64 // of the membership, if it is a whole one
}

// Len returns how many changes there are.
func (t *Told) Len() int {
	if t.packed != nil {
		return t.packed.Len()
	}
	return len(t.Changes)
}

// At returns one of them.
func (t *Told) At(i int) wire.Change {
	if t.packed != nil {
		return t.packed.At(i)
	}
	return t.Changes[i]
}

// ToldBy returns what a body tells.
func ToldBy(body any) Told {
	switch b := body.(type) {
	case *wire.Ping:
		if b != nil {
			return Told{b.Changes, b.Packed, b.Version}
		}
	case *wire.PingRequest:
		return Told{b.Changes, b.Packed, 0}
	case *wire.PingRequestResponse:
		return Told{b.Changes, b.Packed, 0}
	case *wire.JoinResponse:
		return Told{b.Membership, b.Packed, b.Version}
	}
	return Told{}
}

// emptied returns a request of the same kind without its changes, whose memory is given
// back for use by others.
func emptied(request wire.Request) wire.Request {
	t := ToldBy(request)
	if t.Len() == 0 {
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

func (t *Told) giveBack() {
	if b, ok := t.packed.(*swim.ChangeSet); ok {
		b.Release()
	}
}

// KeepsRequestsUpTo is the size of clusters in which calls keep their requests until
// they are over, for observers that count what was sent. In larger ones what a request
// has carried is given back when it has been handled: n nodes send each other lists
// of n changes.
const KeepsRequestsUpTo = 64
