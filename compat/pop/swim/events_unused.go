package swim

import "time"

// AddJoinListEvent never comes.
type AddJoinListEvent struct {
	Duration time.Duration `json:"duration"`
}

// ChangeFilteredEvent never comes.
type ChangeFilteredEvent struct {
	Change Change
}

// ChangesCalculatedEvent never comes.
type ChangesCalculatedEvent struct {
	Changes []Change
}

// ProtocolDelayComputeEvent never comes.
type ProtocolDelayComputeEvent struct {
	Duration time.Duration `json:"duration"`
}

// ProtocolFrequencyEvent never comes.
type ProtocolFrequencyEvent struct {
	Duration time.Duration `json:"duration"`
}
