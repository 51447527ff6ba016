package render

import (
	"fmt"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// unknown stands for the status of a member that a partition has not heard of.
const unknown = "--"

// Comparison returns a table of every member's status in every partition. The
// partitions are named P1, P2, … in their order.
func Comparison(partitions []admin.Partition) string {
	header := []string{"Address"}
	for i := range partitions {
		header = append(header, partitionName(i))
	}
	t := table{header}
	for _, member := range admin.MemberAddresses(partitions) {
		row := []string{string(member)}
		for i := range partitions {
			row = append(row, statusName(&partitions[i], member))
		}
		t = append(t, row)
	}
	return t.String()
}

func partitionName(i int) string { return fmt.Sprintf("P%d", i+1) }

func statusName(p *admin.Partition, member wire.Address) string {
	if status, known := p.Status(member); known {
		return status.String()
	}
	return unknown
}

// ComparisonJSON is the JSON form of [Comparison].
type ComparisonJSON struct {
	// Partitions are the partitions that the statuses belong to.
	Partitions []NamedPartitionJSON `json:"partitions"`
	// Members are sorted by address.
	Members []ComparedMemberJSON `json:"members"`
	// Failed are the nodes that gave no usable answer; [] when all did.
	Failed []FailureJSON `json:"failed"`
}

// NamedPartitionJSON names a partition in a comparison.
type NamedPartitionJSON struct {
	Name     string         `json:"name"` // P1, P2, …
	Checksum uint32         `json:"checksum"`
	Nodes    []wire.Address `json:"nodes"` // sorted
}

// ComparedMemberJSON is what each partition holds a member to be.
type ComparedMemberJSON struct {
	Address wire.Address `json:"address"`
	// Status has an entry per partition that knows the member, by its name.
	Status map[string]wire.Status `json:"status"`
}

// NewComparisonJSON returns the JSON form of a cluster compared by partition.
func NewComparisonJSON(c *admin.Cluster) ComparisonJSON {
	partitions := c.Partitions()
	view := ComparisonJSON{
		Partitions: []NamedPartitionJSON{},
		Members:    []ComparedMemberJSON{},
		Failed:     failures(c, partitions),
	}
	for i, p := range partitions {
		view.Partitions = append(view.Partitions, NamedPartitionJSON{partitionName(i), p.Checksum, p.Nodes})
	}
	for _, member := range admin.MemberAddresses(partitions) {
		statuses := map[string]wire.Status{}
		for i := range partitions {
			if status, known := partitions[i].Status(member); known {
				statuses[partitionName(i)] = status
			}
		}
		view.Members = append(view.Members, ComparedMemberJSON{member, statuses})
	}
	return view
}
