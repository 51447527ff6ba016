package format

import (
	"fmt"
	"net/netip"
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
	ip := "ip"
	if r.Family() == rules.IPv6 {
		ip = "ip6"
	}
	words := []string{"meta l4proto tcp"}
	if len(r.From) > 0 {
		words = append(words, nftEnds(ip+" saddr", "tcp sport", r.From))
	}
	if len(r.To) > 0 {
		words = append(words, nftEnds(ip+" daddr", "tcp dport", r.To))
	}
	if r.SYN {
		words = append(words, "tcp flags & (fin | syn | rst | ack) == syn")
	}
	if r.RST {
		words = append(words, "tcp flags & rst == rst")
	}
	if r.User != "" {
		words = append(words, "meta skuid "+nftUser(r.User))
	}
	verdict := "counter reject with tcp reset"
	if r.Verdict == rules.Pass {
		verdict = "return"
	}
	words = append(words, verdict, fmt.Sprintf("comment %q", r.Comment))
	return strings.Join(words, " ")
}

// nftEnds writes one end in words, and several as a set: the kernel looks a packet
// up in it at once, however many there are.
func nftEnds(addr, port string, ends []netip.AddrPort) string {
	if len(ends) == 1 {
		var words []string
		if a := ends[0].Addr(); a.IsValid() {
			words = append(words, addr, a.String())
		}
		if p := ends[0].Port(); p != 0 {
			words = append(words, port, fmt.Sprint(p))
		}
		return strings.Join(words, " ")
	}
	key, values := addr, make([]string, len(ends))
	for i, e := range ends {
		values[i] = e.Addr().String()
		if e.Port() != 0 {
			key = addr + " . " + port
			values[i] += fmt.Sprintf(" . %d", e.Port())
		}
	}
	return fmt.Sprintf("%s { %s }", key, strings.Join(values, ", "))
}

// nftUser quotes names, which may hold what nft reads as something else.
func nftUser(user string) string {
	if strings.Trim(user, "0123456789") == "" {
		return user
	}
	return fmt.Sprintf("%q", user)
}
