package wire

// Change says that a member has a status at an incarnation. It is the unit of
// gossip: pings carry changes, and a membership is sent as a list of them.
type Change struct {
	// Source is the member that declared the change, with its incarnation at
	// that time. Both are empty in the suspects that a heal spreads.
	Source            Address
	SourceIncarnation int64

	// Address is the member that the change is about.
	Address Address
	// Incarnation is the subject's version of itself in milliseconds since
	// 1970, from 1 to [MaxIncarnation]. Only the subject itself raises it.
	Incarnation int64
	Status      Status
	// Labels are what the subject says of itself; part of its state. They are
	// shared between copies of the change and must not be modified.
	Labels map[string]string
	// Timestamp is when the change was made, in unix seconds; 0 when not known.
	// It is for people: no rule looks at it.
	Timestamp int64
}

// JoinRequest asks a node for its whole membership.
type JoinRequest struct {
	App         string            `json:"app"`
	Source      Address           `json:"source"`
	Incarnation int64             `json:"incarnationNumber"`
	Timeout     int64             `json:"timeout"` // nanoseconds from Go, milliseconds from Node
	Labels      map[string]string `json:"labels,omitempty"`
}

// JoinResponse is a membership.
type JoinResponse struct {
	App         string     `json:"app"`
	Coordinator Address    `json:"coordinator"`
	Membership  ChangeList `json:"membership"`
	Checksum    uint32     `json:"membershipChecksum"`
}

// Ping is both a ping and its answer. Published nodes leave App empty in the answer.
type Ping struct {
	Changes           ChangeList `json:"changes"`
	Checksum          uint32     `json:"checksum"`
	Source            Address    `json:"source"`
	SourceIncarnation int64      `json:"sourceIncarnationNumber"`
	App               string     `json:"app"`
}

// PingRequest asks a helper to ping a target.
type PingRequest struct {
	Source            Address    `json:"source"`
	SourceIncarnation int64      `json:"sourceIncarnationNumber"`
	Target            Address    `json:"target"`
	Checksum          uint32     `json:"checksum"`
	Changes           ChangeList `json:"changes"`
	// App is empty from published nodes.
	App string `json:"app,omitempty"`
}

// PingRequestResponse says whether the target answered the helper.
type PingRequestResponse struct {
	OK      bool       `json:"pingStatus"`
	Target  Address    `json:"target"`
	Changes ChangeList `json:"changes"`
	// App is empty from published nodes.
	App string `json:"app,omitempty"`
}

// Request is the body of a call: *[JoinRequest], *[Ping], *[PingRequest] or
// *[ResolveRequest].
type Request interface{ Endpoint() string }

// Endpoint returns [EndpointJoin].
func (*JoinRequest) Endpoint() string { return EndpointJoin }

// Endpoint returns [EndpointPing].
func (*Ping) Endpoint() string { return EndpointPing }

// Endpoint returns [EndpointPingReq].
func (*PingRequest) Endpoint() string { return EndpointPingReq }

// Response is the body of an answer: *[JoinResponse], *[Ping],
// *[PingRequestResponse], *[TickResponse], *[HealResponse] or *[ResolveResponse].
type Response interface{ response() }

func (*JoinResponse) response()        {}
func (*Ping) response()                {}
func (*PingRequestResponse) response() {}
func (*TickResponse) response()        {}
func (*HealResponse) response()        {}
