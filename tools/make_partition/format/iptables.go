package format

import (
	"fmt"
	"strings"

	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

// restoreCut writes text for iptables-restore --noflush. When there are rules for
// both families the same text is for ip6tables-restore, too: either program passes
// over what is marked for the other.
func restoreCut(plan *rules.Plan) (string, error) {
	v4, v6 := plan.Families()
	chains, lines, err := layOut(plan)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("# load with: " + loaders(v4, v6) + "\n*filter\n")
	for _, chain := range append(chains, AboutChain) {
		fmt.Fprintf(&b, ":%s - [0:0]\n", chain)
	}
	for _, comment := range plan.About.Comments() {
		fmt.Fprintf(&b, "-A %s -m comment --comment %q\n", AboutChain, comment)
	}
	for _, l := range lines {
		if v4 && v6 {
			b.WriteString(familyMark(l.family))
		}
		fmt.Fprintf(&b, "-A %s %s\n", l.chain, l.words)
	}
	fmt.Fprintf(&b, "-I %s 1 %s\nCOMMIT\n", chainOf(plan.Hook), jump)
	return b.String(), nil
}

// restoreHeal declares the chains that there may be: one that is not there is made,
// so that all can be deleted.
func restoreHeal(hook rules.Hook) string {
	var declare, remove strings.Builder
	others := []string{AboutChain}
	for n := range MaxSides {
		others = append(others, sideChain(n))
	}
	for _, chain := range others {
		fmt.Fprintf(&declare, ":%s - [0:0]\n", chain)
		fmt.Fprintf(&remove, "-X %s\n", chain)
	}
	return fmt.Sprintf("# load with what loaded the cut: iptables-restore --noflush, ip6tables-restore --noflush\n"+
		"*filter\n%s-D %s %s\n-F %s\n-X %[4]s\n%[5]sCOMMIT\n", &declare, chainOf(hook), jump, Chain, &remove)
}

// iptablesCut writes commands for a shell. The jump comes last: until then the chain has
// no effect, and a script that fails half way cuts nothing.
func iptablesCut(plan *rules.Plan) (string, error) {
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
	chains, lines, err := layOut(plan)
	if err != nil {
		return "", err
	}
	for _, chain := range append(chains, AboutChain) {
		each(rules.AnyFamily, "-N "+chain)
	}
	for _, comment := range plan.About.Comments() {
		each(rules.AnyFamily, fmt.Sprintf("-A %s -m comment --comment %q", AboutChain, comment))
	}
	for _, l := range lines {
		each(l.family, "-A "+l.chain+" "+l.words)
	}
	each(rules.AnyFamily, fmt.Sprintf("-I %s 1 %s", chainOf(plan.Hook), jump))
	return b.String(), nil
}

// iptablesHeal passes over the family that was not cut.
func iptablesHeal(hook rules.Hook) string {
	return fmt.Sprintf(`for iptables in iptables ip6tables; do
    $iptables -n -L %[1]s >/dev/null 2>&1 || continue
    $iptables -D %[2]s %[3]s
    $iptables -F %[1]s
    $iptables -X %[1]s
    for side in ABOUT $(seq %[4]d); do
        $iptables -n -L %[1]s-$side >/dev/null 2>&1 || continue
        $iptables -F %[1]s-$side
        $iptables -X %[1]s-$side
    done
done
`, Chain, chainOf(hook), jump, MaxSides)
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
