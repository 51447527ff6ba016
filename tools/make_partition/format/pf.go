package format

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

// pfCut writes rules for an anchor of pf, which must be enabled (pfctl -e). The
// resets of pf itself pass its rules, and need none.
func pfCut(plan *rules.Plan) string {
	var b strings.Builder
	b.WriteString(pfLoad)
	direction := "in"
	if plan.Hook == rules.Output {
		direction = "out"
	}
	for i := range plan.Rules {
		r := &plan.Rules[i]
		if r.Verdict == rules.Pass {
			continue
		}
		fmt.Fprintf(&b, "block return %s quick%s proto tcp from %s to %s", direction, pfFamily(r.Family()),
			pfEnd(r.From, r.FromPort), pfEnd(r.To, r.ToPort))
		if r.User != "" {
			fmt.Fprintf(&b, " user %s", r.User)
		}
		if r.SYN {
			b.WriteString(" flags S/SAFR")
		}
		fmt.Fprintf(&b, " label %q\n", pfLabel(r.Comment))
	}
	return b.String()
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

func pfEnd(addr netip.Addr, port uint16) string {
	host := "any"
	if addr.IsValid() {
		host = addr.String()
	}
	if port == 0 {
		return host
	}
	return fmt.Sprintf("%s port %d", host, port)
}

// pfLabel shortens what pf limits to 63 bytes.
func pfLabel(s string) string {
	if len(s) > 63 {
		return s[:60] + "..."
	}
	return s
}
