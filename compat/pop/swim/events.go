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

// SelfEvictedEvent reports that this node has evicted itself. The fields are 0.
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
