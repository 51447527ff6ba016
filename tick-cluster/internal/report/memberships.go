package report

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/tick-cluster/internal/namelist"
)

// Memberships shows how each node sees the members. Nodes with the same members at the
// same status, incarnation and labels are shown once:
//
//	[3000, 3001] 192859590 (2)
//	    alive   3000, 3001
//	    faulty  3002
//
// names are the short names of addresses; other addresses are shown in full.
func Memberships(answers []Answer[*wire.Stats], absent []Absent, names map[wire.Address]string) string {
	views := map[string]wire.MembershipStats{}
	groups := groupBy(answers, func(s *wire.Stats) string {
		key := viewKey(s.Membership)
		views[key] = s.Membership
		return key
	})
	var b strings.Builder
	for _, g := range groups {
		view := views[g.key]
		fmt.Fprintf(&b, "%s %d (%d)\n", g.title(), view.Checksum, len(g.nodes))
		writeView(&b, view.Members, names)
	}
	return b.String() + Missing(answers, absent)
}

// viewKey spells out all that makes two memberships different. The checksum is
// part of it, as two nodes with one view should not differ in it.
func viewKey(m wire.MembershipStats) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", m.Checksum)
	for _, m := range sorted(m.Members) {
		fmt.Fprintf(&b, ";%s %v %d", m.Address, m.Status, m.Incarnation)
		// Maps are printed in the order of their keys.
		fmt.Fprintf(&b, " %q", m.Labels)
	}
	return b.String()
}

func writeView(b *strings.Builder, members []wire.Member, names map[wire.Address]string) {
	held := map[wire.Status][]string{}
	var statuses []wire.Status
	for _, m := range sorted(members) {
		name, ok := names[m.Address]
		if !ok {
			name = string(m.Address)
		}
		if held[m.Status] == nil {
			statuses = append(statuses, m.Status)
		}
		held[m.Status] = append(held[m.Status], name)
	}
	slices.Sort(statuses)
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, s := range statuses {
		fmt.Fprintf(w, "    %v\t%s\n", s, namelist.Of(held[s]))
	}
	w.Flush()
}

func sorted(members []wire.Member) []wire.Member {
	return slices.SortedFunc(slices.Values(members), func(a, b wire.Member) int {
		return strings.Compare(string(a.Address), string(b.Address))
	})
}
