package render

import (
	"strconv"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// Clock is the layout in which times of day are shown.
const Clock = "15:04:05.000"

// Partitions returns a table with a row per partition. The counts are those of
// the membership as the sample host sees it. The header, which carries the time
// of the look, is left out when header is false.
func Partitions(partitions []admin.Partition, at time.Time, header bool) string {
	return partitionsTable(partitions, at, header).String()
}

// ServingPartitions is [Partitions] with one more column: how many nodes of each serve.
func ServingPartitions(partitions []admin.Partition, resolvers []admin.Resolver, at time.Time, header bool) string {
	t := partitionsTable(partitions, at, header)
	if header {
		t[0] = append(t[0], "# Serving")
	}
	first := len(t) - len(partitions)
	for i, p := range partitions {
		t[first+i] = append(t[first+i], strconv.Itoa(admin.Serving(resolvers, p.Nodes)))
	}
	return t.String()
}

func partitionsTable(partitions []admin.Partition, at time.Time, header bool) table {
	var t table
	if header {
		t = append(t, []string{at.Format(Clock), "Checksum", "# Nodes", "# Alive", "# Suspect", "# Faulty", "Sample Host"})
	}
	for _, p := range partitions {
		t = append(t, []string{
			"",
			checksum(p.Checksum),
			strconv.Itoa(len(p.Nodes)),
			strconv.Itoa(p.Count(wire.Alive)),
			strconv.Itoa(p.Count(wire.Suspect)),
			strconv.Itoa(p.Count(wire.Faulty)),
			string(p.Sample()),
		})
	}
	return t
}

// PartitionsJSON is the JSON form of [Partitions].
type PartitionsJSON struct {
	// Time is when the nodes were asked.
	Time    time.Time   `json:"time"`
	Verdict VerdictJSON `json:"verdict"`
	// Partitions are sorted by checksum; [] when no node answered.
	Partitions []PartitionJSON `json:"partitions"`
	// Failed are the nodes that gave no usable answer; [] when all did.
	Failed []FailureJSON `json:"failed"`
}

// PartitionJSON is one partition. The counts are those of the membership as the
// sample host sees it.
type PartitionJSON struct {
	Checksum   uint32         `json:"checksum"`
	Nodes      []wire.Address `json:"nodes"` // sorted
	SampleHost wire.Address   `json:"sampleHost"`
	Alive      int            `json:"alive"`
	Suspect    int            `json:"suspect"`
	Faulty     int            `json:"faulty"`
	Leave      int            `json:"leave"`
	Tombstone  int            `json:"tombstone"`
	// Serving is how many nodes serve, if that was asked for.
	Serving *int `json:"serving,omitempty"`
}

// NewPartitionsJSON returns the JSON form of a cluster seen as partitions.
func NewPartitionsJSON(c *admin.Cluster, at time.Time) PartitionsJSON {
	partitions := c.Partitions()
	view := PartitionsJSON{
		Time: at, Verdict: NewVerdictJSON(admin.VerdictOf(c)),
		Partitions: []PartitionJSON{}, Failed: failures(c, partitions),
	}
	for _, p := range partitions {
		view.Partitions = append(view.Partitions, PartitionJSON{
			Checksum:   p.Checksum,
			Nodes:      p.Nodes,
			SampleHost: p.Sample(),
			Alive:      p.Count(wire.Alive),
			Suspect:    p.Count(wire.Suspect),
			Faulty:     p.Count(wire.Faulty),
			Leave:      p.Count(wire.Leave),
			Tombstone:  p.Count(wire.Tombstone),
		})
	}
	return view
}

// NewServingPartitionsJSON is [NewPartitionsJSON] with how many nodes of each serve.
func NewServingPartitionsJSON(c *admin.Cluster, resolvers []admin.Resolver, at time.Time) PartitionsJSON {
	view := NewPartitionsJSON(c, at)
	for i := range view.Partitions {
		serving := admin.Serving(resolvers, view.Partitions[i].Nodes)
		view.Partitions[i].Serving = &serving
	}
	return view
}

func checksum(sum uint32) string { return strconv.FormatUint(uint64(sum), 10) }
