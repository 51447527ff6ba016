package format

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

// pfCut writes rules for an anchor of pf, which must be enabled (pfctl -e). The
// resets of pf itself pass its rules, and need none.
//
// A list in a rule is short for a rule per item, and two lists are one for each
// pair of items. So addresses, where there are several, are in a table, and only
// what has ports, which tables do not have, is in a list.
func pfCut(plan *rules.Plan) string {
	direction := "in"
	if plan.Hook == rules.Output {
		direction = "out"
	}
	var tables, lines strings.Builder
	known := make(map[string]string)
	for i := range plan.Rules {
		r := &plan.Rules[i]
		if r.Verdict == rules.Pass {
			continue
		}
		var more string
		if r.User != "" {
			more += " user " + r.User
		}
		if r.SYN {
			more += " flags S/SAFR"
		}
		for _, from := range pfEnds(r.From, &tables, known) {
			for _, to := range pfEnds(r.To, &tables, known) {
				fmt.Fprintf(&lines, "block return %s quick%s proto tcp from %s to %s%s label %q\n",
					direction, pfFamily(r.Family()), from, to, more, pfLabel(r.Comment))
			}
		}
	}
	return pfLoad + tables.String() + lines.String()
}

const (
	pfLoad = "# load with: pfctl -a " + Anchor + " -f -\n"
	// An anchor is empty after an empty set of rules was loaded.
	pfHeal = pfLoad
)

func pfFamily(f rules.Family) string {
	switch f {
	case rules.IPv4:
		return " inet"
	case rules.IPv6:
		return " inet6"
	default:
		return ""
	}
}

// pfEnds writes a list of ends: as one item or, when they have different ports, as
// one for each. A table that is not known yet is added to the others.
func pfEnds(ends []netip.AddrPort, tables *strings.Builder, known map[string]string) []string {
	if len(ends) == 0 {
		return []string{"any"}
	}
	var ports []uint16
	hosts := make(map[uint16][]string)
	for _, e := range ends {
		if !slices.Contains(ports, e.Port()) {
			ports = append(ports, e.Port())
		}
		host := "any"
		if e.Addr().IsValid() {
			host = e.Addr().String()
		}
		hosts[e.Port()] = append(hosts[e.Port()], host)
	}
	items := make([]string, len(ports))
	for i, port := range ports {
		list := "{ " + strings.Join(hosts[port], ", ") + " }"
		switch {
		case len(hosts[port]) == 1:
			items[i] = hosts[port][0]
		case port != 0:
			items[i] = list
		default:
			if known[list] == "" {
				known[list] = fmt.Sprintf("<ringmend%d>", len(known)+1)
				fmt.Fprintf(tables, "table %s %s\n", known[list], list)
			}
			items[i] = known[list]
		}
		if port != 0 {
			items[i] += fmt.Sprintf(" port %d", port)
		}
	}
	return items
}

// pfLabel shortens what pf limits to 63 bytes.
func pfLabel(s string) string {
	if len(s) > 63 {
		return s[:60] + "..."
	}
	return s
}
