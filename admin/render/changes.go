package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// ChangeJSON is what has changed of one member, as one node holds it.
type ChangeJSON struct {
	Time        string       `json:"time"` // RFC 3339
	Node        wire.Address `json:"node"`
	Member      wire.Address `json:"member"`
	Before      string       `json:"before,omitempty"` // the status; empty: it was not known
	After       string       `json:"after,omitempty"`  // empty: it was forgotten
	Incarnation int64        `json:"incarnation"`
}

// Changes returns what has changed from one list of members to the next, by address. Nil
// stands for no list: then all are new.
func Changes(before, after []wire.Member) []ChangeJSON {
	was := make(map[wire.Address]wire.Member, len(before))
	for _, m := range before {
		was[m.Address] = m
	}
	var changes []ChangeJSON
	for _, m := range after {
		old, known := was[m.Address]
		delete(was, m.Address)
		if known && old.Status == m.Status && old.Incarnation == m.Incarnation {
			continue
		}
		change := ChangeJSON{Member: m.Address, After: m.Status.String(), Incarnation: m.Incarnation}
		if known {
			change.Before = old.Status.String()
		}
		changes = append(changes, change)
	}
	for _, m := range was {
		changes = append(changes, ChangeJSON{Member: m.Address, Before: m.Status.String(), Incarnation: m.Incarnation})
	}
	slices.SortFunc(changes, func(a, b ChangeJSON) int { return admin.CompareAddresses(a.Member, b.Member) })
	return changes
}

// ChangeLines shows changes, a line each, with a time in front.
func ChangeLines(clock string, changes []ChangeJSON) string {
	var lines strings.Builder
	for _, c := range changes {
		what := c.Before + " -> " + c.After
		switch {
		case c.Before == "":
			what = "new, " + c.After
		case c.After == "":
			what = "forgotten, it was " + c.Before
		case c.Before == c.After:
			what = c.After + " again"
		}
		fmt.Fprintf(&lines, " %s   %s   %s (incarnation %d)\n", clock, c.Member, what, c.Incarnation)
	}
	return lines.String()
}
