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

// DiscoHealEvent never comes.
type DiscoHealEvent struct{}

// Endpoint names an endpoint in events.
type Endpoint string

// The endpoints that events name.
const (
	PingEndpoint    Endpoint = "ping"
	PingReqEndpoint Endpoint = "ping-req"
)

// JoinReceiveEvent never comes.
type JoinReceiveEvent struct {
	Local  string `json:"local"`
	Source string `json:"source"`
}

// JoinTriesUpdateEvent never comes.
type JoinTriesUpdateEvent struct {
	Retries int
}

// MaxPAdjustedEvent never comes.
type MaxPAdjustedEvent struct {
	OldPCount int `json:"oldPCount"`
	NewPCount int `json:"newPCount"`
}

// OmitReverseFullSyncEvent never comes.
type OmitReverseFullSyncEvent struct {
	Target string `json:"target"`
}

// PingReceiveEvent never comes.
type PingReceiveEvent struct {
	Local   string   `json:"local"`
	Source  string   `json:"source"`
	Changes []Change `json:"changes"`
}

// PingRequestPingEvent never comes.
type PingRequestPingEvent struct {
	Local    string        `json:"local"`
	Source   string        `json:"source"`
	Target   string        `json:"target"`
	Duration time.Duration `json:"duration"`
}

// PingRequestReceiveEvent never comes.
type PingRequestReceiveEvent struct {
	Local   string   `json:"local"`
	Source  string   `json:"source"`
	Target  string   `json:"target"`
	Changes []Change `json:"changes"`
}

// PingRequestsSendEvent never comes.
type PingRequestsSendEvent struct {
	Local  string   `json:"local"`
	Target string   `json:"target"`
	Peers  []string `json:"peers"`
}

// PingSendEvent never comes.
type PingSendEvent struct {
	Local   string   `json:"local"`
	Remote  string   `json:"remote"`
	Changes []Change `json:"changes"`
}

// ProtocolDelayComputeEvent never comes.
type ProtocolDelayComputeEvent struct {
	Duration time.Duration `json:"duration"`
}

// ProtocolFrequencyEvent never comes.
type ProtocolFrequencyEvent struct {
	Duration time.Duration `json:"duration"`
}

// RedundantReverseFullSyncEvent never comes.
type RedundantReverseFullSyncEvent struct {
	Target string `json:"target"`
}

// RequestBeforeReadyEvent never comes.
type RequestBeforeReadyEvent struct {
	Endpoint Endpoint
}

// StartReverseFullSyncEvent never comes.
type StartReverseFullSyncEvent struct {
	Target string `json:"target"`
}
