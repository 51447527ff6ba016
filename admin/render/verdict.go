package render

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// Verdict returns what a look at a cluster amounts to: a line about the whole, and
// one for each kind of member that is not up, with the first of them by name.
func Verdict(v *admin.Verdict) string {
	text := Whole(v)
	for _, part := range parts(v)[1:] {
		if len(part.members) > 0 {
			text += fmt.Sprintf("%d of %d %s: %s.\n", len(part.members), v.Members(), part.what, Some(part.members))
		}
	}
	for i := 1; i < len(v.Sides); i++ { // the largest side is not the odd one out
		if s := &v.Sides[i]; s.OneWay {
			text += fmt.Sprintf("Known one way only, as one that has just started or an island: %s.\n", Some(s.Nodes))
		}
	}
	return text
}

// Whole returns the first line of [Verdict].
func Whole(v *admin.Verdict) string {
	return fmt.Sprintf("A cluster of %s%s: %s.\n", plural(v.Members(), "node"), condition(v), Counts(v))
}

func condition(v *admin.Verdict) string {
	switch v.Condition {
	case admin.Agreed:
		return " that agree"
	case admin.Spreading:
		return fmt.Sprintf(", through which a change spreads (%d views)", v.Views)
	case admin.Split:
		return fmt.Sprintf(", split into %d sides of %s nodes", len(v.Sides), Sizes(v.Sides))
	default:
		return ""
	}
}

// Counts returns how many members are up, suspect and so on: "10 up, 2 faulty".
func Counts(v *admin.Verdict) string {
	var counts []string
	for i, part := range parts(v) {
		if i == 0 || len(part.members) > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", len(part.members), part.what))
		}
	}
	return strings.Join(counts, ", ")
}

// maxSizes is how many sides are counted one by one.
const maxSizes = 6

// Sizes returns how many nodes each side has: "3 | 2". Of many sides the first
// ones are counted.
func Sizes(sides []admin.Side) string {
	var sizes []string
	for i := range sides[:min(len(sides), maxSizes)] {
		sizes = append(sizes, strconv.Itoa(len(sides[i].Nodes)))
	}
	if len(sides) > maxSizes {
		sizes = append(sizes, "…")
	}
	return strings.Join(sizes, " | ")
}

// maxDifferences is how many of the members that views differ about are shown.
const maxDifferences = 10

// Spreading returns, while a change spreads, how many nodes hold what is shown, the
// membership that most of them hold, and where others differ. It is empty when they
// agree.
func Spreading(v *admin.Verdict) string {
	if v.Condition != admin.Spreading {
		return ""
	}
	side := &v.Sides[0]
	text := fmt.Sprintf("A change is spreading: this is what %d of %d nodes hold; the others hold %s.\n",
		len(v.Most.Nodes), len(side.Nodes), plural(v.Views-1, "other view"))
	var differences table
	for _, member := range admin.MemberAddresses(side.Views) {
		if what := said(side.Views, member); strings.Contains(what, "|") {
			differences = append(differences, []string{string(member), what})
		}
	}
	if more := len(differences) - maxDifferences; more > 0 {
		differences = append(differences[:maxDifferences], []string{fmt.Sprintf("and %d more", more)})
	}
	return text + differences.String()
}

// VerdictJSON is the JSON form of an [admin.Verdict].
type VerdictJSON struct {
	// Condition is "unknown", "agreed", "spreading" or "split".
	Condition string     `json:"condition"`
	Sides     []SideJSON `json:"sides"` // the largest first
	Views     int        `json:"views"`
	// The members, each in one list, sorted by address.
	Up      []wire.Address `json:"up"`
	Suspect []wire.Address `json:"suspect"`
	Silent  []wire.Address `json:"silent"`
	Faulty  []wire.Address `json:"faulty"`
	Left    []wire.Address `json:"left"`
}

// SideJSON is the JSON form of an [admin.Side].
type SideJSON struct {
	Nodes []wire.Address `json:"nodes"` // sorted
	// Checksums are those of the views of its nodes, the one of most nodes first.
	Checksums []uint32 `json:"checksums"`
	OneWay    bool     `json:"oneWay"`
}

// NewVerdictJSON returns the JSON form of a verdict.
func NewVerdictJSON(v *admin.Verdict) VerdictJSON {
	some := func(list []wire.Address) []wire.Address { return append([]wire.Address{}, list...) }
	view := VerdictJSON{
		Condition: v.Condition.String(), Sides: []SideJSON{}, Views: v.Views,
		Up: some(v.Up), Suspect: some(v.Suspect), Silent: some(v.Silent), Faulty: some(v.Faulty), Left: some(v.Left),
	}
	for _, s := range v.Sides {
		side := SideJSON{Nodes: s.Nodes, OneWay: s.OneWay}
		for _, p := range s.Views {
			side.Checksums = append(side.Checksums, p.Checksum)
		}
		view.Sides = append(view.Sides, side)
	}
	return view
}

type part struct {
	members []wire.Address
	what    string
}

// parts returns the kinds of members, those that are up first.
func parts(v *admin.Verdict) []part {
	return []part{
		{v.Up, "up"},
		{v.Suspect, "suspect"},
		{v.Silent, "not answering"},
		{v.Faulty, "faulty"},
		{v.Left, "left"},
	}
}

// Some names the first of addresses, and how many more there are:
// "10.0.0.1:3000, 10.0.0.2:3000, 10.0.0.3:3000 and 7 more".
func Some(addresses []wire.Address) string {
	const most = 3
	var names []string
	for _, a := range addresses[:min(len(addresses), most)] {
		names = append(names, string(a))
	}
	text := strings.Join(names, ", ")
	if more := len(addresses) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
