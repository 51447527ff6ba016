package format

import (
	"fmt"
	"net/netip"
	"slices"
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
	for rest := plan.Rules; len(rest) > 0; {
		n := alike(rest)
		if n >= manyAlike {
			fmt.Fprintf(&b, "\t\t%s\n", nftAlike(rest[:n]))
		} else {
			for i := range rest[:n] {
				fmt.Fprintf(&b, "\t\t%s\n", nftRule(&rest[i]))
			}
		}
		rest = rest[n:]
	}
	b.WriteString("\t}\n")
	if comments := plan.About.Comments(); len(comments) > 0 {
		fmt.Fprintf(&b, "\tchain %s {\n", NFTAboutChain)
		for _, comment := range comments {
			fmt.Fprintf(&b, "\t\treturn comment %q\n", comment)
		}
		b.WriteString("\t}\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// manyAlike is how many rules in a row become one with a set. Fewer are easier to read
// one by one.
const manyAlike = 16

// alike returns how many rules at the beginning differ in nothing but where a packet
// comes from and goes to: those of connections, and those of who is called.
func alike(list []rules.Rule) int {
	single := func(r *rules.Rule) bool {
		for _, ends := range [][]netip.AddrPort{r.From, r.To} {
			if len(ends) > 1 || len(ends) == 1 && (!ends[0].Addr().IsValid() || ends[0].Port() == 0) {
				return false
			}
		}
		return r.User == "" && !r.RST && len(r.To) == 1
	}
	first := &list[0]
	n := 1
	for single(first) && n < len(list) && single(&list[n]) && len(list[n].From) == len(first.From) &&
		list[n].Family() == first.Family() && list[n].SYN == first.SYN && list[n].Verdict == first.Verdict {
		n++
	}
	return n
}

// nftAlike writes rules that are alike as one: a packet is looked up in a set.
func nftAlike(list []rules.Rule) string {
	r := list[0]
	ip := "ip"
	if r.Family() == rules.IPv6 {
		ip = "ip6"
	}
	key := fmt.Sprintf("%s daddr . tcp dport", ip)
	if len(r.From) > 0 {
		key = fmt.Sprintf("%s saddr . tcp sport . %s", ip, key)
	}
	values := make([]string, len(list))
	for i := range list {
		for _, end := range slices.Concat(list[i].From, list[i].To) {
			values[i] += fmt.Sprintf(" . %s . %d", end.Addr(), end.Port())
		}
		values[i] = strings.TrimPrefix(values[i], " . ")
	}
	// What is in a set must be there once only.
	slices.Sort(values)
	values = slices.Compact(values)
	r.From, r.To = nil, nil
	r.Comment = rules.More(r.Comment, len(list)-1)
	words := strings.TrimPrefix(nftRule(&r), nftTCP)
	return fmt.Sprintf("%s %s { %s }%s", nftTCP, key, strings.Join(values, ", "), words)
}

// nftTCP begins each rule.
const nftTCP = "meta l4proto tcp"

const nftHeal = "# load with: nft -f -\ndelete table inet " + Table + "\n"

func nftRule(r *rules.Rule) string {
	ip := "ip"
	if r.Family() == rules.IPv6 {
		ip = "ip6"
	}
	words := []string{nftTCP}
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
