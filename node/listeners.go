package node

import (
	"slices"
	"sync"
)

// listeners are those who want to know of events. Each has a queue and a goroutine of its
// own, so that one that is slow, or stuck, holds up neither the node nor the others.
type listeners struct {
	mu      sync.Mutex
	queues  []*eventQueue
	closed  bool
	running sync.WaitGroup
}

func (l *listeners) add(listener func(Event)) *eventQueue {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	q := newEventQueue(listener)
	// A new list: tell reads the old one without the lock.
	l.queues = append(slices.Clip(l.queues), q)
	l.running.Go(q.run)
	return q
}

func (l *listeners) remove(q *eventQueue) {
	l.mu.Lock()
	l.queues = slices.DeleteFunc(slices.Clone(l.queues), func(other *eventQueue) bool { return other == q })
	l.mu.Unlock()
	q.drop()
}

func (l *listeners) list() []*eventQueue {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.queues
}

// any reports whether anybody listens.
func (l *listeners) any() bool { return len(l.list()) > 0 }

// tell queues an event for all listeners.
func (l *listeners) tell(e Event) {
	for _, q := range l.list() {
		q.add(e)
	}
}

// close ends the listeners once they were told what is queued.
func (l *listeners) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	for _, q := range l.list() {
		q.close()
	}
}

// AddListener calls a function with the events that come from now on, one at a time and
// in order, from a goroutine of its own and never under a lock: it may take its time, and
// may call anything of the node. With filters it is called with those events only for
// which one of them holds; [Is] makes one of a type:
//
//	n.AddListener(rebalance, node.Is[node.RingChanged], node.Is[swim.Joined])
//
// When a listener falls more than [EventBuffer] events behind, the newest are dropped; it
// is told so with [EventsLost], whatever its filters. After [Node.Close] it gets what
// happened before, and [Node.Done] tells when it has.
//
// remove ends it: it is not called any more, except that a call may be under way. It may
// be called from the listener itself, and more than once.
func (n *Node) AddListener(listener func(Event), filters ...func(Event) bool) (remove func()) {
	q := n.listeners.add(func(e Event) {
		if _, lost := e.(EventsLost); lost {
			n.logEvent(e)
		} else if len(filters) > 0 && !slices.ContainsFunc(filters, func(holds func(Event) bool) bool { return holds(e) }) {
			return
		}
		listener(e)
	})
	if q == nil {
		return func() {} // the node is closed: nothing will happen any more
	}
	return func() { n.listeners.remove(q) }
}

// Is reports whether an event is of a type; it is a filter for [Node.AddListener].
func Is[T Event](e Event) bool {
	_, is := e.(T)
	return is
}
