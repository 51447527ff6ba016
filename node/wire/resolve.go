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
