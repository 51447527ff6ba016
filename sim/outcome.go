package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Outcome describes in a few lines how a run ended, without figures that depend on every
// draw: a change of the protocol that does no harm leaves it as it is.
func Outcome(r *Result) string {
	var b strings.Builder
	if v := r.Violation; v != nil {
		fmt.Fprintf(&b, "violated: %s\n", v.Invariant)
	} else {
		fmt.Fprintln(&b, "all invariants hold")
	}
	fmt.Fprintf(&b, "in the end: %s\n", r.End)
	if n := len(r.FirstDetections); n > 0 {
		fmt.Fprintf(&b, "crashes noticed: %d\n", n)
	}
	if len(r.HealTimes) > 0 {
		fmt.Fprintf(&b, "cuts healed: %d\n", len(r.HealTimes))
	}
	for i, set := range r.Served {
		when := "in the end"
		if i < len(r.Served)-1 {
			when = fmt.Sprintf("at the end of cut %d", i+1)
		}
		fmt.Fprintf(&b, "serving %s: %s\n", when, cmp.Or(set.String(), "none"))
	}
	if r.FalsePositives > 0 {
		fmt.Fprintln(&b, "members that were reachable were held faulty")
	}
	return b.String()
}

// ending describes what the nodes hold at the end of a run.
func (r *run) ending() string {
	if one, _, _ := r.checks.IsOne(); !one {
		return "the nodes do not agree"
	}
	for _, n := range r.Nodes {
		if !n.Up {
			continue
		}
		counts := make(map[wire.Status]int)
		n.Core.Node().Each(func(member *swim.Member) bool {
			counts[member.Status]++
			return true
		})
		var parts []string
		for _, status := range slices.Sorted(maps.Keys(counts)) {
			parts = append(parts, fmt.Sprintf("%d %v", counts[status], status))
		}
		return "one view, " + strings.Join(parts, ", ")
	}
	return "no node is up"
}
