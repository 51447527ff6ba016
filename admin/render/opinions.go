package render

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// Instant is the layout of moments that may be long ago. They are in UTC.
const Instant = "2006-01-02 15:04:05.000"

// Incarnated returns when a member took on an incarnation, as far as its clock
// was right.
func Incarnated(incarnation int64) string {
	return time.UnixMilli(incarnation).UTC().Format(Instant)
}

// Labels returns labels in one line, sorted. They are what a member says of
// itself, so they are made fit to be printed.
func Labels(labels map[string]string) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, key+"="+labels[key])
	}
	return Foreign(strings.Join(pairs, ", "))
}

// opinion returns the cells for one node's view of a member.
func opinion(m *wire.Member) []string {
	if m == nil {
		return []string{unknown}
	}
	return []string{m.Status.String(), strconv.FormatInt(m.Incarnation, 10), Incarnated(m.Incarnation), Labels(m.Labels)}
}

// Opinions returns a table of what every node thinks of one member.
func Opinions(opinions []admin.Opinion) string {
	t := table{{"Node", "Status", "Incarnation", "Incarnated (UTC)", "Labels"}}
	for _, o := range opinions {
		t = append(t, append([]string{string(o.Node)}, opinion(o.Member)...))
	}
	return t.String()
}

// OpinionsJSON is the JSON form of [Opinions].
type OpinionsJSON struct {
	Address wire.Address `json:"address"`
	// Opinions are those of the nodes that answered, sorted by address.
	Opinions []OpinionJSON `json:"opinions"`
	// Evicted is true when the member is evicted.
	Evicted bool `json:"evicted"`
	// Failed are the nodes that gave no usable answer; [] when all did.
	Failed []FailureJSON `json:"failed"`
}

// OpinionJSON is what a node holds a member to be.
type OpinionJSON struct {
	Node wire.Address `json:"node"`
	// Member is null when the node does not know it.
	Member *wire.Member `json:"member"`
}

// NewOpinionsJSON returns the JSON form of what every node thinks of a member.
func NewOpinionsJSON(c *admin.Cluster, member wire.Address) OpinionsJSON {
	view := OpinionsJSON{Address: member, Opinions: []OpinionJSON{}, Evicted: c.Evictions().Evicted(member), Failed: failures(c, c.Partitions())}
	for _, o := range c.Opinions(member) {
		view.Opinions = append(view.Opinions, OpinionJSON(o))
	}
	return view
}

// Differences returns a table of the members about which nodes a and b differ, two
// rows for each.
func Differences(a, b wire.Address, differences []admin.Difference) string {
	t := table{{"Address", "Node", "Status", "Incarnation", "Incarnated (UTC)", "Labels"}}
	for _, d := range differences {
		t = append(t,
			append([]string{string(d.Address), string(a)}, opinion(d.A)...),
			append([]string{"", string(b)}, opinion(d.B)...))
	}
	return t.String()
}

// DifferencesJSON is the JSON form of [Differences].
type DifferencesJSON struct {
	A OfNodeJSON `json:"a"`
	B OfNodeJSON `json:"b"`
	// Differences are sorted by address; [] when the members are the same.
	Differences []DifferenceJSON `json:"differences"`
}

// OfNodeJSON names a node that is compared.
type OfNodeJSON struct {
	Address  wire.Address `json:"address"`
	Checksum uint32       `json:"checksum"`
}

// DifferenceJSON is a member about which two nodes differ. A node that does not know
// it has null.
type DifferenceJSON struct {
	Address wire.Address `json:"address"`
	A       *wire.Member `json:"a"`
	B       *wire.Member `json:"b"`
}

// NewDifferencesJSON returns the JSON form of a comparison of two nodes.
func NewDifferencesJSON(a, b OfNodeJSON, differences []admin.Difference) DifferencesJSON {
	view := DifferencesJSON{A: a, B: b, Differences: []DifferenceJSON{}}
	for _, d := range differences {
		view.Differences = append(view.Differences, DifferenceJSON(d))
	}
	return view
}
