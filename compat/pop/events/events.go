package events

import "time"

// Event is anything that listeners are told.
type Event interface{}

// EventListener is told events. HandleEvent may be called concurrently.
type EventListener interface {
	HandleEvent(event Event)
}

// EventEmitter tells its listeners events.
type EventEmitter interface {
	AddListener(EventListener) bool
	RemoveListener(EventListener) bool
	EmitEvent(Event)
}

// RingChangedEvent tells the addresses of members that came into the ring, left it, or
// moved in it because their identity has changed.
type RingChangedEvent struct {
	ServersAdded   []string
	ServersUpdated []string
	ServersRemoved []string
}

// RingChecksumEvent tells the checksums of the ring before and after a change.
type RingChecksumEvent struct {
	// OldChecksum and NewChecksum are of the members' addresses alone.
	OldChecksum uint32
	NewChecksum uint32
	// OldChecksums and NewChecksums have checksums by their names.
	OldChecksums map[string]uint32
	NewChecksums map[string]uint32
}

// LookupEvent reports a lookup, and how long it took.
type LookupEvent struct {
	Key      string
	Duration time.Duration
}

// LookupNEvent reports a lookup of N owners, and how long it took.
type LookupNEvent struct {
	Key      string
	N        int
	Duration time.Duration
}

// Ready reports that bootstrap is over.
type Ready struct{}

// Destroyed reports that Destroy was called.
type Destroyed struct{}
