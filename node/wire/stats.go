package wire

// Stats is the answer of /admin/stats. Clients of Ringpop validate its keys
// strictly, so nothing is ever added to it: new figures get a new endpoint.
type Stats struct {
	Hooks           any             `json:"hooks"` // always null from Go
	Membership      MembershipStats `json:"membership"`
	Process         ProcessStats    `json:"process"`
	Protocol        ProtocolStats   `json:"protocol"`
	Ring            RingStats       `json:"ring"`
	Version         string          `json:"version"`
	Timestamp       float64         `json:"timestamp"` // unix: seconds from Go, milliseconds from Node
	Uptime          float64         `json:"uptime"`    // nanoseconds from Go, milliseconds from Node
	TChannelVersion string          `json:"tchannelVersion"`
}

// MembershipStats is the membership as a node sees it, sorted by address.
type MembershipStats struct {
	Checksum uint32   `json:"checksum"`
	Members  []Member `json:"members"`
}

// ProcessStats describes the process that a node runs in.
type ProcessStats struct {
	Memory MemoryStats `json:"memory"`
	PID    int         `json:"pid"`
}

// MemoryStats are figures in bytes.
type MemoryStats struct {
	RSS       uint64 `json:"rss"`
	HeapTotal uint64 `json:"heapTotal"`
	HeapUsed  uint64 `json:"heapUsed"`
}

// ProtocolStats describes how the gossip of a node fares. Durations are
// nanoseconds from Go nodes and milliseconds from Node ones; rates are calls
// per second, averaged over a minute.
type ProtocolStats struct {
	Timing       Timing  `json:"timing"`
	ProtocolRate float64 `json:"protocolRate"`
	ClientRate   float64 `json:"clientRate"`
	ServerRate   float64 `json:"serverRate"`
	TotalRate    float64 `json:"totalRate"`
}

// Timing is a histogram of the lengths of protocol periods.
type Timing struct {
	Type     string  `json:"type"` // always "histogram"
	Min      float64 `json:"min"`
	Max      float64 `json:"max"`
	Sum      float64 `json:"sum"`
	Variance float64 `json:"variance"`
	Mean     float64 `json:"mean"`
	StdDev   float64 `json:"std_dev"`
	Count    float64 `json:"count"`
	Median   float64 `json:"median"`
	P75      float64 `json:"p75"`
	P95      float64 `json:"p95"`
	P99      float64 `json:"p99"`
	P999     float64 `json:"p999"`
}

// RingStats describes the hash ring of a node.
type RingStats struct {
	Checksum  uint32            `json:"checksum"`
	Checksums map[string]uint32 `json:"checksums"` // Go nodes only: "replica"
	Servers   []string          `json:"servers"`
}
