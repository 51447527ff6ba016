package swim

import (
	"time"

	"github.com/ringmend/ringmend/compat/pop/util"
)

// Change is a change of a member as messages carry it.
type Change struct {
	Source            string            `json:"source"`
	SourceIncarnation int64             `json:"sourceIncarnationNumber"`
	Address           string            `json:"address"`
	Incarnation       int64             `json:"incarnationNumber"`
	Status            string            `json:"status"`
	Tombstone         bool              `json:"tombstone,omitempty"`
	Labels            map[string]string `json:"labels,omitempty"`
	Timestamp         util.Timestamp    `json:"timestamp"`
}

// The events below are those that follow from the events of a ringmend node. The others of
// ringpop-go never come and exist only for programs that name them: see events_unused.go.

// MemberlistChangesAppliedEvent reports changes of the membership that were applied together.
// The changes have no source.
type MemberlistChangesAppliedEvent struct {
	Changes     []Change `json:"changes"`
	OldChecksum uint32   `json:"oldChecksum"`
	NewChecksum uint32   `json:"newChecksum"`
	NumMembers  int      `json:"numMembers"`
}

// MemberlistChangesReceivedEvent tells the same changes. (ringpop-go tells changes that
// were received, before it is known which are news.)
type MemberlistChangesReceivedEvent struct {
	Changes []Change `json:"changes"`
}

// ChecksumComputeEvent tells the checksum of the membership after a change. Duration is 0.
type ChecksumComputeEvent struct {
	Duration    time.Duration `json:"duration"`
	Checksum    uint32        `json:"checksum"`
	OldChecksum uint32        `json:"oldchecksum"`
}

// FullSyncEvent reports that the whole membership went to a node with another checksum.
type FullSyncEvent struct {
	Remote         string `json:"remote"`
	RemoteChecksum uint32 `json:"remoteChecksum"`
}

// JoinCompleteEvent tells which hosts have answered when bootstrap was over.
type JoinCompleteEvent struct {
	Duration  time.Duration `json:"duration"`
	NumJoined int           `json:"numJoined"`
	Joined    []string      `json:"joined"`
}

// JoinFailedReason is why a bootstrap has failed.
type JoinFailedReason string

// Error is the reason of a JoinFailedEvent whose Error says why.
const Error JoinFailedReason = "err"

// Destroyed is the reason after Destroy. It has no type, as in ringpop-go.
const Destroyed = "destroyed"

// JoinFailedEvent reports that a bootstrap has failed.
type JoinFailedEvent struct {
	Reason JoinFailedReason
	Error  error
}

// MakeNodeStatusEvent reports that this node has declared a member's status.
type MakeNodeStatusEvent struct {
	Status string
}

// RefuteUpdateEvent reports that this node has refuted an accusation of itself.
type RefuteUpdateEvent struct{}

// SelfEvictedEvent reports that this node has evicted itself, and how long that took.
type SelfEvictedEvent struct {
	PhasesCount int
	Duration    time.Duration
}

// PingSendCompleteEvent reports that a ping was answered. Changes is nil.
type PingSendCompleteEvent struct {
	Local    string        `json:"local"`
	Remote   string        `json:"remote"`
	Changes  []Change      `json:"changes"`
	Duration time.Duration `json:"duration"`
}

// PingRequestsSendCompleteEvent reports that a helper has answered. Target, Peers are empty.
type PingRequestsSendCompleteEvent struct {
	Local    string        `json:"local"`
	Target   string        `json:"target"`
	Peers    []string      `json:"peers"`
	Peer     string        `json:"peer"`
	Duration time.Duration `json:"duration"`
}

// PingRequestSendErrorEvent reports that a helper has not answered. Target, Peers are empty.
type PingRequestSendErrorEvent struct {
	Local  string   `json:"local"`
	Target string   `json:"target"`
	Peers  []string `json:"peers"`
	Peer   string   `json:"peer"`
}

// AttemptHealEvent reports that this node has reached another side of a partition.
type AttemptHealEvent struct{}

// DiscoHealEvent reports that this node asks a node that may be on another side of a partition.
type DiscoHealEvent struct{}

// JoinReceiveEvent reports that another node joins through this one. Source is empty.
type JoinReceiveEvent struct {
	Local  string `json:"local"`
	Source string `json:"source"`
}

// JoinTriesUpdateEvent tells how many rounds of joins have not been enough.
type JoinTriesUpdateEvent struct {
	Retries int
}

// MaxPAdjustedEvent tells how often each change is sent from now on, which depends on the number of
// members.
type MaxPAdjustedEvent struct {
	OldPCount int `json:"oldPCount"`
	NewPCount int `json:"newPCount"`
}

// OmitReverseFullSyncEvent reports, after a FullSyncEvent, that the membership of the other node is not
// fetched.
type OmitReverseFullSyncEvent struct {
	Target string `json:"target"`
}

// PingReceiveEvent reports a ping of another node. Source and Changes are empty.
type PingReceiveEvent struct {
	Local   string   `json:"local"`
	Source  string   `json:"source"`
	Changes []Change `json:"changes"`
}

// PingRequestPingEvent reports that a member has answered a ping for another one. Source is empty.
type PingRequestPingEvent struct {
	Local    string        `json:"local"`
	Source   string        `json:"source"`
	Target   string        `json:"target"`
	Duration time.Duration `json:"duration"`
}

// PingRequestReceiveEvent reports that another node asks to ping a member. Source, Target and Changes
// are empty.
type PingRequestReceiveEvent struct {
	Local   string   `json:"local"`
	Source  string   `json:"source"`
	Target  string   `json:"target"`
	Changes []Change `json:"changes"`
}

// PingRequestsSendEvent reports, when they are over, that helpers were asked to ping a member. Peers is
// nil.
type PingRequestsSendEvent struct {
	Local  string   `json:"local"`
	Target string   `json:"target"`
	Peers  []string `json:"peers"`
}

// PingSendEvent reports a ping, when it is over. Changes is nil.
type PingSendEvent struct {
	Local   string   `json:"local"`
	Remote  string   `json:"remote"`
	Changes []Change `json:"changes"`
}

// RedundantReverseFullSyncEvent reports that the membership of another node was fetched, and held nothing
// new.
type RedundantReverseFullSyncEvent struct {
	Target string `json:"target"`
}

// RequestBeforeReadyEvent reports a ping or ping-req that was refused because bootstrap is not over.
type RequestBeforeReadyEvent struct {
	Endpoint Endpoint
}

// StartReverseFullSyncEvent reports, after a FullSyncEvent, that the membership of the other node is
// fetched as well.
type StartReverseFullSyncEvent struct {
	Target string `json:"target"`
}

// Endpoint names an endpoint in events.
type Endpoint string

// The endpoints that events name.
const (
	PingEndpoint    Endpoint = "ping"
	PingReqEndpoint Endpoint = "ping-req"
)
