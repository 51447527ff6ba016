package node

import (
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// RingChanged reports members that entered the ring, left it, or moved because their identity
// changed. They are addresses, in no particular order. Before [swim.Joined] the event is about
// the ring that the node will have; [Node.Lookup] does not use it yet.
type RingChanged struct {
	Servers int // in the ring now
	Added   []string
	Removed []string
	Changed []string // those that moved
}

// Called reports the outcome of a protocol call that this node made.
type Called struct {
	Endpoint string
	Target   wire.Address
	Purpose  swim.Purpose
	Sent     int // bytes of the request's body
	Received int // bytes of the answer's body
	Duration time.Duration
	Err      error
}

// Served reports a protocol call that this node answered. Err is why it refused it.
type Served struct {
	Endpoint string
	Duration time.Duration
	Err      error
}

// ChecksumChanged reports the checksum of the membership after a change.
type ChecksumChanged struct {
	Checksum uint32
}

// EventsLost reports to a listener that it was too slow, and how many events it missed.
type EventsLost struct {
	Count int
}

// Event marks the event types.
func (RingChanged) Event()     {}
func (Called) Event()          {}
func (Served) Event()          {}
func (ChecksumChanged) Event() {}
func (EventsLost) Event()      {}
