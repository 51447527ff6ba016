package node

import (
	"sync"
	"sync/atomic"
)

// eventQueue accepts events without blocking and delivers them in order from its own
// goroutine.
type eventQueue struct {
	deliver func(Event)
	dropped atomic.Bool

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

// close ends run once everything queued is delivered.
func (q *eventQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}

// drop ends run before the next event.
func (q *eventQueue) drop() {
	q.dropped.Store(true)
	q.close()
}

func (q *eventQueue) run() {
	for range q.wake {
		events, lost, closed := q.take()
		for _, e := range events {
			if q.dropped.Load() {
				return
			}
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
