package sim

import (
	"fmt"
	"strings"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Outcome tells in a few lines what came of a run, without figures that depend on
// every draw: a change of the protocol that does no harm leaves it as it is.
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
	if r.FalsePositives > 0 {
		fmt.Fprintln(&b, "members that were reachable were held faulty")
	}
	return b.String()
}

// ending describes what the nodes hold at the end of a run.
func (w *world) ending() string {
	if !w.phase.one {
		return "the nodes do not agree"
	}
	for _, m := range w.machines {
		if !m.up {
			continue
		}
		var counts [numStatuses]int
		m.core.Node().Each(func(member *swim.Member) bool {
			counts[member.Status]++
			return true
		})
		var parts []string
		for status, n := range counts {
			if n > 0 {
				parts = append(parts, fmt.Sprintf("%d %v", n, wire.Status(status)))
			}
		}
		return "one view, " + strings.Join(parts, ", ")
	}
	return "nobody is up"
}
