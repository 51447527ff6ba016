package format

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

// MaxSides is how many chains of iptables a cut may have beside [Chain]. What takes
// a cut back is written without knowing it, and must name them all.
const MaxSides = 8

// maxLines is the largest number of lines. iptables tries them one after the other.
const maxLines = 50_000

func sideChain(n int) string { return fmt.Sprintf("%s-%d", Chain, n+1) }

// IsChain reports whether a chain of iptables is a cut's.
func IsChain(name string) bool {
	n, isSide := strings.CutPrefix(name, Chain+"-")
	side, err := strconv.Atoi(n)
	return name == Chain || name == AboutChain || isSide && err == nil && side >= 1 && side <= MaxSides
}

// line is one rule of iptables: words behind the name of its chain.
type line struct {
	family       rules.Family
	chain, words string
}

// layOut writes a plan as lines, and names their chains. A line has one sender and
// one receiver. A rule with few of them is a line for each pair; for one with more,
// a line for each sender leads to a chain with a line for each receiver. So there
// are as many lines as nodes, not as pairs of nodes, and a packet meets only some.
//
// When there are more than maxLines the error wraps [rules.ErrTooMany].
func layOut(plan *rules.Plan) (chains []string, lines []line, err error) {
	chains = []string{Chain}
	for _, words := range answers(plan) {
		lines = append(lines, line{chain: Chain, words: words})
	}
	for i := range plan.Rules {
		r := &plan.Rules[i]
		from, to := orAny(r.From), orAny(r.To)
		add := func(chain string, from, to netip.AddrPort, target string) {
			lines = append(lines, line{r.Family(), chain, iptablesRule(r, from, to, target)})
		}
		if len(from)*len(to) <= len(from)+len(to) || len(chains) > MaxSides {
			if len(lines)+len(from)*len(to) > maxLines {
				return nil, nil, fmt.Errorf("%w: more than %d for iptables (nft has one for many nodes)", rules.ErrTooMany, maxLines)
			}
			for _, f := range from {
				for _, t := range to {
					add(Chain, f, t, target(r.Verdict))
				}
			}
			continue
		}
		side := sideChain(len(chains) - 1)
		chains = append(chains, side)
		for _, f := range from {
			add(Chain, f, netip.AddrPort{}, side)
		}
		for _, t := range to {
			add(side, netip.AddrPort{}, t, target(r.Verdict))
		}
	}
	return chains, lines, nil
}

// orAny makes one end that matches everything of an empty list.
func orAny(ends []netip.AddrPort) []netip.AddrPort {
	if len(ends) == 0 {
		return []netip.AddrPort{{}}
	}
	return ends
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
		fmt.Sprintf(words, Refused, "refused", target(rules.Refuse)),
	}
}

func target(v rules.Verdict) string {
	switch v {
	case rules.Pass:
		return "RETURN"
	case rules.Ask:
		return fmt.Sprintf("NFQUEUE --queue-num %d", Queue)
	default:
		return "REJECT --reject-with tcp-reset"
	}
}

// iptablesRule writes a rule for one sender and one receiver.
func iptablesRule(r *rules.Rule, from, to netip.AddrPort, target string) string {
	var words []string
	say := func(is bool, format string, value any) {
		if is {
			words = append(words, fmt.Sprintf(format, value))
		}
	}
	say(from.Addr().IsValid(), "-s %s", from.Addr())
	say(to.Addr().IsValid(), "-d %s", to.Addr())
	words = append(words, "-p tcp")
	say(from.Port() != 0, "--sport %d", from.Port())
	say(to.Port() != 0, "--dport %d", to.Port())
	say(r.SYN, "%s", "--syn")
	say(r.RST, "%s", "--tcp-flags RST RST")
	say(r.User != "", "-m owner --uid-owner %s", r.User)
	words = append(words, fmt.Sprintf("-m comment --comment %q", r.Comment), "-j "+target)
	return strings.Join(words, " ")
}
