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

// The two dialects of nftables differ in the names of addresses.
var (
	nft  = nftDialect("ip")
	nft6 = nftDialect("ip6")
)

func nftDialect(ip string) dialect {
	return dialect{
		from: ip + " saddr %s", to: ip + " daddr %s",
		tcp:      "meta l4proto tcp",
		fromPort: "tcp sport %d", toPort: "tcp dport %d",
		syn: "tcp flags & (fin | syn | rst | ack) == syn", rst: "tcp flags & rst == rst",
		user: "meta skuid %s",
	}
}

func nftRule(r *rules.Rule) string {
	d := &nft
	if r.Family() == rules.IPv6 {
		d = &nft6
	}
	verdict := "counter reject with tcp reset"
	if r.Verdict == rules.Pass {
		verdict = "return"
	}
	words := append(d.match(r, nftUser(r.User)), verdict, fmt.Sprintf("comment %q", r.Comment))
	return strings.Join(words, " ")
}

// nftUser quotes names, which may hold what nft reads as something else.
func nftUser(user string) string {
	if strings.Trim(user, "0123456789") == "" {
		return user
	}
	return fmt.Sprintf("%q", user)
}
