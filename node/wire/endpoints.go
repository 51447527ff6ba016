package wire

// Service is the TChannel service name under which Ringpop nodes talk.
const Service = "ringpop"

// The endpoints of the protocol.
const (
	EndpointJoin    = "/protocol/join"
	EndpointPing    = "/protocol/ping"
	EndpointPingReq = "/protocol/ping-req"
)

// The endpoints for people and their tools.
const (
	EndpointHealth      = "/health"
	EndpointStats       = "/admin/stats"
	EndpointLookup      = "/admin/lookup"
	EndpointGossipStart = "/admin/gossip/start"
	EndpointGossipStop  = "/admin/gossip/stop"
	EndpointGossipTick  = "/admin/gossip/tick"
	EndpointReap        = "/admin/reap"
	EndpointHeal        = "/admin/healpartition/disco"
	EndpointMemberJoin  = "/admin/member/join"
	EndpointMemberLeave = "/admin/member/leave"
	EndpointDebugSet    = "/admin/debugSet"
	EndpointDebugClear  = "/admin/debugClear"

	// Old names that tools still call.
	EndpointGossipToggle = "/admin/gossip"
	EndpointTick         = "/admin/tick"
	EndpointJoinOld      = "/admin/join"
	EndpointLeaveOld     = "/admin/leave"
)

// EndpointHealStats is where a node shows its [HealStats] to tools. It is not an
// endpoint of Ringpop's, whose clients validate the answers strictly.
const EndpointHealStats = "/admin/heal/stats"

// Endpoints returns all endpoints of a node.
func Endpoints() []string {
	return []string{
		EndpointJoin, EndpointPing, EndpointPingReq,
		EndpointHealth, EndpointStats, EndpointLookup, EndpointGossipStart, EndpointGossipStop, EndpointGossipTick,
		EndpointReap, EndpointHeal, EndpointMemberJoin, EndpointMemberLeave, EndpointDebugSet, EndpointDebugClear,
		EndpointGossipToggle, EndpointTick, EndpointJoinOld, EndpointLeaveOld,
		EndpointHealStats, EndpointAccept, EndpointBrief, EndpointEvict, EndpointReadmit, EndpointResolveState, EndpointResolve,
		EndpointResolveWriteOff, EndpointResolveKeep,
	}
}

// LookupRequest asks who owns a key.
type LookupRequest struct {
	Key string `json:"key"`
}

// LookupResponse names the owner of a key.
type LookupResponse struct {
	Dest Address `json:"dest"`
}

// TickResponse is the answer of a node that was made to run a protocol period.
type TickResponse struct {
	Checksum uint32 `json:"checksum"`
}

// StatusResponse is the answer of commands that say no more than how they went.
type StatusResponse struct {
	Status string `json:"status"`
}

// HealResponse names the nodes with which a heal was attempted.
type HealResponse struct {
	Targets []Address `json:"targets"`
	Error   string    `json:"error"`
}

// ErrorResponse is the body of an application error.
type ErrorResponse struct {
	Type    string `json:"type"` // always "error"
	Message string `json:"message"`
}
