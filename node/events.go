package node

import (
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// RingChanged tells that members came into the ring, left it, or moved in it because
// their identity has changed. The members are named by their addresses, in no particular
// order. Before [swim.Joined] it tells of the ring that the node will have; see [Node.Lookup].
type RingChanged struct {
	Servers int // in the ring now
	Added   []string
	Removed []string
	Changed []string // those that moved
}

// Called tells how a call of the protocol went that this node has made.
type Called struct {
	Endpoint string
	Target   wire.Address
	Purpose  swim.Purpose
	Sent     int // bytes of the request's body
	Received int // bytes of the answer's body
	Duration time.Duration
	Err      error
}

// Served tells how a call of the protocol was answered that was made to this
// node. Err is why it was refused.
type Served struct {
	Endpoint string
	Duration time.Duration
	Err      error
}

// ChecksumChanged tells the checksum of the membership after a change.
type ChecksumChanged struct {
	Checksum uint32
}

// EventsLost tells a listener that it was too slow.
type EventsLost struct {
	Count int
}

// Event marks the event types.
func (RingChanged) Event()     {}
func (Called) Event()          {}
func (Served) Event()          {}
func (ChecksumChanged) Event() {}
func (EventsLost) Event()      {}
