package world

import (
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Changes returns where a body has its changes; nil: it has none.
func Changes(body any) *wire.ChangeList {
	switch b := body.(type) {
	case *wire.Ping:
		if b != nil {
			return &b.Changes
		}
	case *wire.PingRequest:
		return &b.Changes
	case *wire.PingRequestResponse:
		return &b.Changes
	case *wire.JoinResponse:
		return &b.Membership
	}
	return nil
}

// ToldBy returns the changes that a body carries.
func ToldBy(body any) wire.ChangeList {
	if list := Changes(body); list != nil {
		return *list
	}
	return wire.ChangeList{}
}

// emptied returns a request of the same kind without its changes, whose memory is given
// back for use by others. It keeps the version.
func emptied(request wire.Request) wire.Request {
	told := ToldBy(request)
	if told.Len() == 0 {
		return request
	}
	giveBack(told)
	switch r := request.(type) {
	case *wire.Ping:
		return &wire.Ping{Changes: wire.ChangeList{}.AtVersion(told.Version())}
	case *wire.PingRequest:
		return &wire.PingRequest{Target: r.Target}
	}
	return request
}

// giveBack returns a list that is no longer used.
func giveBack(told wire.ChangeList) {
	if b, ok := told.Set().(*swim.ChangeSet); ok {
		b.Release()
	}
}

// KeepsRequestsUpTo is the size of clusters in which calls keep their requests until
// they are over, for observers that count what was sent. In larger ones what a request
// has carried is given back when it has been handled: n nodes send each other lists
// of n changes.
const KeepsRequestsUpTo = 64
