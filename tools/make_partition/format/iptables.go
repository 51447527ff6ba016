package format

import (
	"fmt"
	"strings"

	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

// restoreCut writes text for iptables-restore --noflush. When there are rules for
// both families the same text is for ip6tables-restore, too: either program passes
// over what is marked for the other.
func restoreCut(plan *rules.Plan) string {
	v4, v6 := plan.Families()
	var b strings.Builder
	b.WriteString("# load with: " + loaders(v4, v6) + "\n*filter\n")
	fmt.Fprintf(&b, ":%s - [0:0]\n", Chain)
	for _, words := range answers(plan) {
		fmt.Fprintf(&b, "-A %s %s\n", Chain, words)
	}
	for i := range plan.Rules {
		r := &plan.Rules[i]
		if v4 && v6 {
			b.WriteString(familyMark(r.Family()))
		}
		fmt.Fprintf(&b, "-A %s %s\n", Chain, iptablesRule(r))
	}
	fmt.Fprintf(&b, "-I %s 1 %s\nCOMMIT\n", chainOf(plan.Hook), jump)
	return b.String()
}

func restoreHeal(hook rules.Hook) string {
	return fmt.Sprintf("# load with what loaded the cut: iptables-restore --noflush, ip6tables-restore --noflush\n"+
		"*filter\n-D %s %s\n-F %s\n-X %[3]s\nCOMMIT\n", chainOf(hook), jump, Chain)
}

// iptablesCut writes commands for a shell. The jump comes last: until then the
// chain does nothing, so that a script that fails half way cuts nothing.
func iptablesCut(plan *rules.Plan) string {
	v4, v6 := plan.Families()
	var b strings.Builder
	b.WriteString("set -e\n")
	each := func(family rules.Family, words string) {
		if v4 && family != rules.IPv6 {
			b.WriteString("iptables " + words + "\n")
		}
		if v6 && family != rules.IPv4 {
			b.WriteString("ip6tables " + words + "\n")
		}
	}
	each(rules.AnyFamily, "-N "+Chain)
	for _, words := range answers(plan) {
		each(rules.AnyFamily, "-A "+Chain+" "+words)
	}
	for i := range plan.Rules {
		each(plan.Rules[i].Family(), "-A "+Chain+" "+iptablesRule(&plan.Rules[i]))
	}
	each(rules.AnyFamily, fmt.Sprintf("-I %s 1 %s", chainOf(plan.Hook), jump))
	return b.String()
}

// iptablesHeal passes over the family that was not cut.
func iptablesHeal(hook rules.Hook) string {
	return fmt.Sprintf(`for iptables in iptables ip6tables; do
    $iptables -n -L %[1]s >/dev/null 2>&1 || continue
    $iptables -D %[2]s %[3]s
    $iptables -F %[1]s
    $iptables -X %[1]s
done
`, Chain, chainOf(hook), jump)
}

// answers are the rules for packets that come back from the queue: they go through
// the chain a second time, with the answer as their mark.
func answers(plan *rules.Plan) []string {
	if !plan.Asks() {
		return nil
	}
	const words = `-p tcp --syn -m mark --mark %#x -m comment --comment "ringmend: %s" -j %s`
	return []string{
		fmt.Sprintf(words, Admitted, "admitted", "RETURN"),
		fmt.Sprintf(words, Refused, "refused", "REJECT --reject-with tcp-reset"),
	}
}

// jump is the one rule in a chain of the user's.
const jump = `-m comment --comment "` + JumpComment + `" -j ` + Chain

func loaders(v4, v6 bool) string {
	switch {
	case v4 && v6:
		return "iptables-restore --noflush, and the same text with ip6tables-restore --noflush"
	case v6:
		return "ip6tables-restore --noflush"
	default:
		return "iptables-restore --noflush"
	}
}

func familyMark(f rules.Family) string {
	switch f {
	case rules.IPv4:
		return "-4 "
	case rules.IPv6:
		return "-6 "
	default:
		return ""
	}
}

func chainOf(hook rules.Hook) string {
	if hook == rules.Output {
		return "OUTPUT"
	}
	return "INPUT"
}

var iptables = dialect{
	from: "-s %s", to: "-d %s",
	tcp:      "-p tcp",
	fromPort: "--sport %d", toPort: "--dport %d",
	syn: "--syn", rst: "--tcp-flags RST RST",
	user: "-m owner --uid-owner %s",
}

// iptablesRule writes a rule as it stands behind the name of its chain.
func iptablesRule(r *rules.Rule) string {
	words := append(iptables.match(r, r.User), fmt.Sprintf("-m comment --comment %q", r.Comment))
	switch r.Verdict {
	case rules.Pass:
		words = append(words, "-j RETURN")
	case rules.Ask:
		words = append(words, fmt.Sprintf("-j NFQUEUE --queue-num %d", Queue))
	default:
		words = append(words, "-j REJECT --reject-with tcp-reset")
	}
	return strings.Join(words, " ")
}
