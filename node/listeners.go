package node

import (
	"slices"
	"sync"
)

// listeners receive events. Each has its own queue and goroutine: a slow or stuck one delays
// neither the node nor the others.
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
	// Copy on write: tell reads the old list without the lock.
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

// any reports whether there is a listener.
func (l *listeners) any() bool { return len(l.list()) > 0 }

// tell queues an event for all listeners.
func (l *listeners) tell(e Event) {
	for _, q := range l.list() {
		q.add(e)
	}
}

// close stops the listeners after they have received what is queued.
func (l *listeners) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	for _, q := range l.list() {
		q.close()
	}
}

// AddListener registers a function that is called with every event from now on, one at a time
// and in order, from its own goroutine and never under a lock. It may block, and may call any
// method of the node. With filters, it receives only events that satisfy at least one of
// them; [Is] filters by type:
//
//	n.AddListener(rebalance, node.Is[node.RingChanged], node.Is[swim.Joined])
//
// A listener that falls more than [EventBuffer] events behind loses the newest ones, and
// receives [EventsLost], whatever its filters. After [Node.Close] it still receives what
// happened before; [Node.Done] reports when all listeners have.
//
// remove unregisters the listener; a call that is in progress may outlast it. It may be
// called from the listener itself, and more than once.
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
		return func() {} // the node is closed: there will be no events
	}
	return func() { n.listeners.remove(q) }
}

// Is reports whether an event is of a type; it is a filter for [Node.AddListener].
func Is[T Event](e Event) bool {
	_, is := e.(T)
	return is
}
