package events

import (
	"slices"
	"sync"
)

// sharedEventEmitter holds listeners, each of them once.
type sharedEventEmitter struct {
	mu        sync.RWMutex
	listeners []EventListener // never modified in place
}

// AddListener adds a listener, and reports whether it was not there already.
func (e *sharedEventEmitter) AddListener(l EventListener) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if l == nil || slices.Contains(e.listeners, l) {
		return false
	}
	e.listeners = append(slices.Clip(e.listeners), l)
	return true
}

// RemoveListener removes a listener, and reports whether it was there. It may be called
// from a listener; events that are under way may still reach it.
func (e *sharedEventEmitter) RemoveListener(l EventListener) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := slices.Index(e.listeners, l)
	if i < 0 {
		return false
	}
	e.listeners = slices.Delete(slices.Clone(e.listeners), i, i+1)
	return true
}

func (e *sharedEventEmitter) current() []EventListener {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.listeners
}

// SyncEventEmitter calls its listeners in the goroutine that emits, one after the other.
// The zero value is ready.
type SyncEventEmitter struct {
	sharedEventEmitter
}

// EmitEvent calls every listener, and returns when all have returned.
func (e *SyncEventEmitter) EmitEvent(event Event) {
	for _, l := range e.current() {
		l.HandleEvent(event)
	}
}

// AsyncEventEmitter calls its listeners in goroutines of their own, one for each event and
// listener, in no order: a listener may call anything, and may block. The zero value is
// ready.
type AsyncEventEmitter struct {
	sharedEventEmitter
}

// EmitEvent starts the calls and does not wait for them.
func (e *AsyncEventEmitter) EmitEvent(event Event) {
	for _, l := range e.current() {
		go l.HandleEvent(event)
	}
}

// HasListeners reports whether an event would reach anyone. It is no method, since
// ringpop-go's emitter has none that does this.
func HasListeners(e *AsyncEventEmitter) bool { return len(e.current()) > 0 }
