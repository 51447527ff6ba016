package format

import (
	"fmt"
	"strings"

	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

// nftCut writes a file for nft -f. Loading it again replaces the table in one
// transaction. The priority is before that of the usual filter chains; a packet
// that is refused here never gets to them.
func nftCut(plan *rules.Plan) string {
	var b strings.Builder
	hook := "input"
	if plan.Hook == rules.Output {
		hook = "output"
	}
	fmt.Fprintf(&b, "# load with: nft -f -\ntable inet %s\ndelete table inet %[1]s\ntable inet %[1]s {\n", Table)
	fmt.Fprintf(&b, "\tchain %s {\n\t\ttype filter hook %[1]s priority -10; policy accept;\n", hook)
	for i := range plan.Rules {
		fmt.Fprintf(&b, "\t\t%s\n", nftRule(&plan.Rules[i]))
	}
	b.WriteString("\t}\n}\n")
	return b.String()
}

const nftHeal = "# load with: nft -f -\ndelete table inet " + Table + "\n"

func nftRule(r *rules.Rule) string {
	var words []string
	word := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	ip := "ip"
	if r.Family() == rules.IPv6 {
		ip = "ip6"
	}
	if r.From.IsValid() {
		word("%s saddr %s", ip, r.From)
	}
	if r.To.IsValid() {
		word("%s daddr %s", ip, r.To)
	}
	word("meta l4proto tcp")
	if r.FromPort != 0 {
		word("tcp sport %d", r.FromPort)
	}
	if r.ToPort != 0 {
		word("tcp dport %d", r.ToPort)
	}
	if r.SYN {
		word("tcp flags & (fin | syn | rst | ack) == syn")
	}
	if r.RST {
		word("tcp flags & rst == rst")
	}
	if r.User != "" {
		word("meta skuid %s", nftUser(r.User))
	}
	if r.Verdict == rules.Pass {
		word("return")
	} else {
		word("counter reject with tcp reset")
	}
	word("comment %q", r.Comment)
	return strings.Join(words, " ")
}

// nftUser quotes names, which may hold what nft reads as something else.
func nftUser(user string) string {
	if strings.Trim(user, "0123456789") == "" {
		return user
	}
	return fmt.Sprintf("%q", user)
}
