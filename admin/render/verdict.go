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
	text := fmt.Sprintf("A cluster of %s%s: %s.\n", plural(v.Members(), "node"), condition(v), Counts(v))
	for _, part := range parts(v)[1:] {
		if len(part.members) > 0 {
			text += fmt.Sprintf("%d of %d %s: %s.\n", len(part.members), v.Members(), part.what, some(part.members))
		}
	}
	for i := 1; i < len(v.Sides); i++ { // the largest side is not the odd one out
		if s := &v.Sides[i]; s.OneWay {
			text += fmt.Sprintf("Known one way only, as one that has just started or an island: %s.\n", some(s.Nodes))
		}
	}
	return text
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

// some names the first of addresses, and how many more there are.
func some(addresses []wire.Address) string {
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
