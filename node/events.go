package node

import (
	"sync"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// RingChanged tells that members came into the ring, left it, or moved in it.
type RingChanged struct {
	Servers int // in the ring now
	Added   int // those that came, or moved
	Removed int // those that left
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

// eventQueue takes events without ever waiting and passes them on, in order,
// from a goroutine of its own.
type eventQueue struct {
	deliver func(Event)

	mu     sync.Mutex
	events []Event
	lost   int
	closed bool
	wake   chan struct{} // has room for one
}

func newEventQueue(deliver func(Event)) *eventQueue {
	return &eventQueue{deliver: deliver, wake: make(chan struct{}, 1)}
}

func (q *eventQueue) add(e Event) {
	q.mu.Lock()
	switch {
	case q.closed:
	case len(q.events) >= EventBuffer:
		q.lost++
	default:
		q.events = append(q.events, e)
	}
	q.mu.Unlock()
	q.signal()
}

func (q *eventQueue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// close ends run after what is queued was delivered.
func (q *eventQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}

func (q *eventQueue) run() {
	for range q.wake {
		events, lost, closed := q.take()
		for _, e := range events {
			q.deliver(e)
		}
		if lost > 0 {
			q.deliver(EventsLost{Count: lost})
		}
		if closed {
			return
		}
	}
}

func (q *eventQueue) take() (events []Event, lost int, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	events, lost, closed = q.events, q.lost, q.closed
	q.events, q.lost = nil, 0
	return events, lost, closed
}
