package render

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// unknown stands for the status of a member that is not known.
const unknown = "--"

// Comparison returns a table of every member's status on every side. The sides are
// named P1, P2, … in the order of the checksums that most of their nodes hold. Where
// the nodes of a side hold different things, a cell has what most of them hold, and
// what others do with their number: "alive | suspect 3".
func Comparison(c *admin.Cluster) string { return comparisonTable(c).String() }

// ServingComparison is [Comparison] with one more column: the state of each member's resolver,
// and whether it serves.
func ServingComparison(c *admin.Cluster, resolvers []admin.Resolver) string {
	t := comparisonTable(c)
	t[0] = append(t[0], "Serves")
	for i, row := range t[1:] {
		t[i+1] = append(row, servesWord(resolvers, wire.Address(row[0])))
	}
	return t.String()
}

func servesWord(resolvers []admin.Resolver, member wire.Address) string {
	i := slices.IndexFunc(resolvers, func(r admin.Resolver) bool { return r.Address == member })
	switch {
	case i < 0 || resolvers[i].Status == nil:
		return "?"
	case resolvers[i].Status.Refuses != "":
		return "no: " + Foreign(resolvers[i].Status.State)
	}
	return "yes: " + Foreign(resolvers[i].Status.State)
}

func comparisonTable(c *admin.Cluster) table {
	sides := sidesByChecksum(c)
	header := []string{"Address"}
	for i := range sides {
		header = append(header, partitionName(i))
	}
	evictions := c.Evictions()
	anyEvicted := len(evictions.Members()) > 0
	if anyEvicted {
		header = append(header, "Evicted")
	}
	t := table{header}
	for _, member := range admin.MemberAddresses(c.Partitions()) {
		row := []string{string(member)}
		for i := range sides {
			row = append(row, said(sides[i].Views, member))
		}
		switch {
		case evictions.Evicted(member):
			row = append(row, "evicted")
		case anyEvicted:
			row = append(row, "")
		}
		t = append(t, row)
	}
	return t
}

// sidesByChecksum returns the sides of a cluster. When no node is on one, because
// all left, each partition counts as a side.
func sidesByChecksum(c *admin.Cluster) []admin.Side {
	partitions := c.Partitions()
	sides := admin.SidesOf(partitions)
	if len(sides) == 0 {
		for i, p := range partitions {
			sides = append(sides, admin.Side{Nodes: p.Nodes, Views: partitions[i : i+1]})
		}
	}
	slices.SortFunc(sides, func(a, b admin.Side) int { return cmp.Compare(a.Views[0].Checksum, b.Views[0].Checksum) })
	return sides
}

// said returns what the nodes of views hold a member to be: what most of them do
// first, and how many hold something else.
func said(views []admin.Partition, member wire.Address) string {
	type opinion struct {
		what  string
		nodes int
	}
	var opinions []opinion
	for i := range views {
		what := statusName(&views[i], member)
		at := slices.IndexFunc(opinions, func(o opinion) bool { return o.what == what })
		if at < 0 {
			at = len(opinions)
			opinions = append(opinions, opinion{what: what})
		}
		opinions[at].nodes += len(views[i].Nodes)
	}
	slices.SortStableFunc(opinions, func(a, b opinion) int { return cmp.Compare(b.nodes, a.nodes) })
	text := opinions[0].what
	for _, o := range opinions[1:] {
		text += fmt.Sprintf(" | %s %d", o.what, o.nodes)
	}
	return text
}

func partitionName(i int) string { return fmt.Sprintf("P%d", i+1) }

func statusName(p *admin.Partition, member wire.Address) string {
	if status, known := p.Status(member); known {
		return status.String()
	}
	return unknown
}

// ComparisonJSON is a cluster compared by partition, in which nodes agree to the
// checksum: there are as many as views, of which a side may have several.
type ComparisonJSON struct {
	Verdict VerdictJSON `json:"verdict"`
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
		Verdict:    NewVerdictJSON(admin.VerdictOf(c)),
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
