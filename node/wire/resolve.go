package wire

import (
	"errors"
	"fmt"
)

// EndpointResolveState is where a node is asked whether it may serve. Only nodes with a
// resolver call it, and only while they are fenced or starting.
const EndpointResolveState = "/resolve/state"

// ErrNoEndpoint is why a node refuses a call of an endpoint that it does not have.
var ErrNoEndpoint = errors.New("no such endpoint")

// ResolveRequest asks a node whether it may serve.
type ResolveRequest struct {
	App    string  `json:"app"`
	Source Address `json:"source"`
}

// ResolveResponse is what the resolver of a node says. A node whose resolver is off
// answers with the state [ResolverOff] and nothing else that counts.
type ResolveResponse struct {
	State      string    `json:"state"`
	Serves     bool      `json:"serves"`
	Checksum   uint32    `json:"checksum"`
	Epoch      uint64    `json:"epoch"`
	WrittenOff []Address `json:"writtenOff,omitempty"`
	// App is empty from nodes of ringmend 0.1.
	App string `json:"app,omitempty"`
}

// ResolverOff is the state of a resolver that is off.
const ResolverOff = "off"

// Endpoint returns [EndpointResolveState].
func (*ResolveRequest) Endpoint() string { return EndpointResolveState }

func (*ResolveResponse) response() {}

func (r *ResolveRequest) check() error {
	if r.Source == "" {
		return fmt.Errorf("%w: no source", ErrInvalid)
	}
	return nil
}

func (r *ResolveResponse) check() error {
	if len(r.WrittenOff) > MaxChanges {
		return fmt.Errorf("%w: %d members are written off, at most %d are allowed", ErrInvalid, len(r.WrittenOff), MaxChanges)
	}
	return nil
}

// IsProtocol reports whether an endpoint is called by nodes, rather than by people and
// their tools.
func IsProtocol(endpoint string) bool {
	switch endpoint {
	case EndpointJoin, EndpointPing, EndpointPingReq, EndpointResolveState:
		return true
	}
	return false
}

// The endpoints of resolvers for people and their tools.
const (
	EndpointResolve         = "/admin/resolve"
	EndpointResolveWriteOff = "/admin/resolve/write-off"
	EndpointResolveKeep     = "/admin/resolve/keep"
)

// ResolveStatus is what the resolver of a node thinks, for people. Times are
// durations in milliseconds: clocks need not agree.
type ResolveStatus struct {
	// State is starting, stable, uncertain, kept, lost or off; with off the other fields
	// say nothing.
	State string `json:"state"`
	// Refuses is why the node serves nothing now; empty when it serves. A node that only
	// observes serves always.
	Refuses string `json:"refuses,omitempty"`
	// For is how long it has been in the state, and Why it came to be.
	For int64  `json:"for"`
	Why string `json:"why"`
	// Epoch grows with each decision that keeps the node.
	Epoch uint64 `json:"epoch"`
	// Now is how a decision would go now, and DecidesIn when one is due if nothing
	// changes any more; absent: none is.
	Now       ResolveVerdict `json:"now"`
	DecidesIn *int64         `json:"decidesIn,omitempty"`
	// Last is the last decision; absent: there was none.
	Last *ResolveVerdict `json:"last,omitempty"`
	// Missed are the unreachable members that count, WrittenOff those that no longer do.
	Missed     []Address `json:"missed,omitempty"`
	WrittenOff []Address `json:"writtenOff,omitempty"`
	// Members are all that count, with what a forecast of the decision needs.
	Members  []ResolveMember `json:"members"`
	Settings ResolveSettings `json:"settings"`
	Counts   ResolveCounts   `json:"counts"`
}

// ResolveVerdict is what the rules say of a side.
type ResolveVerdict struct {
	Keep   bool   `json:"keep"`
	Own    int    `json:"own"`
	Other  int    `json:"other"`
	Reason string `json:"reason"`
}

// ResolveMember is a member as resolvers count it.
type ResolveMember struct {
	Address Address `json:"address"`
	// Born is when it was started, in milliseconds since 1970; absent when it does not
	// tell.
	Born *int64 `json:"born,omitempty"`
	// Counts means that it counts for its side: it is settled, and does not leave.
	// Otherwise it counts against every side.
	Counts bool `json:"counts"`
}

// ResolveSettings are the settings of a resolver that must be equal on all nodes, and what it
// does about decisions.
type ResolveSettings struct {
	Strategy      string  `json:"strategy"`
	Policy        string  `json:"policy"`
	Role          string  `json:"role,omitempty"`
	QuorumSize    int     `json:"quorumSize,omitempty"`
	DownIfAlone   bool    `json:"downIfAlone"`
	Referee       Address `json:"referee,omitempty"`
	Minimum       int     `json:"minimum"`
	StableAfter   int64   `json:"stableAfter"`
	UnstableAfter int64   `json:"unstableAfter"`
	Settle        int64   `json:"settle"`
	Handover      int64   `json:"handover"`
}

// ResolveCounts are what has happened since the start of a node.
type ResolveCounts struct {
	Kept        uint64            `json:"kept"`     // decisions
	Lost        uint64            `json:"lost"`     // decisions
	Fenced      int64             `json:"fenced"`   // for how long it has served nothing
	Refusals    map[string]uint64 `json:"refusals"` // of Owner and Accept, by reason
	LeaseErrors uint64            `json:"leaseErrors"`
}

// ResolveWriteOff names a member that will not come back.
type ResolveWriteOff struct {
	Address Address `json:"address"`
}

// ResolveWrittenOff tells whether a member that was written off was missed.
type ResolveWrittenOff struct {
	Missed bool `json:"missed"`
}
