package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// DumpJSON is all that the nodes of a cluster said, by address. As JSON it is an
// object in which the addresses are sorted.
type DumpJSON map[wire.Address]DumpedNodeJSON

// MarshalJSON implements json.Marshaler.
func (d DumpJSON) MarshalJSON() ([]byte, error) {
	var text bytes.Buffer
	for _, address := range slices.SortedFunc(maps.Keys(d), admin.CompareAddresses) {
		node, err := json.Marshal(d[address])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&text, ",%q:%s", address, node)
	}
	return fmt.Appendf(nil, "{%s}", bytes.TrimPrefix(text.Bytes(), []byte(","))), nil
}

// DumpedNodeJSON is all that a node said. What there is not, because the node
// gave no usable answer, is null.
type DumpedNodeJSON struct {
	Address            wire.Address  `json:"address"`
	MembershipChecksum *uint32       `json:"membershipChecksum"`
	Members            []wire.Member `json:"members"`
	// Node is what it said besides its membership, as it said it.
	Node *DumpedStatsJSON `json:"node"`
	// Error is why there is no answer.
	Error string `json:"error,omitempty"`
}

// DumpedStatsJSON is a [wire.Stats] without the membership.
type DumpedStatsJSON struct {
	Process         wire.ProcessStats  `json:"process"`
	Protocol        wire.ProtocolStats `json:"protocol"`
	Ring            wire.RingStats     `json:"ring"`
	Version         string             `json:"version"`
	Timestamp       float64            `json:"timestamp"`
	Uptime          float64            `json:"uptime"`
	TChannelVersion string             `json:"tchannelVersion"`
}

// NewDumpJSON returns all that the nodes of a cluster said.
func NewDumpJSON(c *admin.Cluster) DumpJSON {
	dump := DumpJSON{}
	for _, n := range c.Nodes {
		if n.Err != nil {
			dump[n.Address] = DumpedNodeJSON{Address: n.Address, Error: Reason(n)}
			continue
		}
		s := n.Stats
		dump[n.Address] = DumpedNodeJSON{
			Address:            n.Address,
			MembershipChecksum: &s.Membership.Checksum,
			Members:            s.Membership.Members,
			Node: &DumpedStatsJSON{
				s.Process, s.Protocol, s.Ring, s.Version, s.Timestamp, s.Uptime, s.TChannelVersion,
			},
		}
	}
	return dump
}

// RecordJSON is a look at a cluster as the screen of top records it.
type RecordJSON struct {
	Timestamp int64 `json:"timestamp"` // milliseconds since 1970
	// Clusters are the partitions by checksum.
	Clusters map[uint32]RecordedPartitionJSON `json:"clusters"`
	// Failed are the nodes that gave no usable answer; [] when all did.
	Failed []FailureJSON `json:"failed"`
}

// RecordedPartitionJSON is one partition in a record.
type RecordedPartitionJSON struct {
	MembershipChecksum uint32         `json:"membershipChecksum"`
	NodeCount          int            `json:"nodeCount"`
	Nodes              []wire.Address `json:"nodes"`
	Membership         []wire.Member  `json:"membership"`
}

// NewRecordJSON returns the record of a look at a cluster.
func NewRecordJSON(c *admin.Cluster, at time.Time) RecordJSON {
	partitions := c.Partitions()
	record := RecordJSON{
		Timestamp: at.UnixMilli(),
		Clusters:  map[uint32]RecordedPartitionJSON{},
		Failed:    failures(c, partitions),
	}
	for _, p := range partitions {
		record.Clusters[p.Checksum] = RecordedPartitionJSON{p.Checksum, len(p.Nodes), p.Nodes, p.Members}
	}
	return record
}
