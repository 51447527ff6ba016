package rules

import (
	"fmt"
	"net/netip"
	"slices"
)

// MaxEnds is the largest number of ends in a plan, those of all rules together. A
// cut by address has a few for each node and part, one by port four for each
// connection.
const MaxEnds = 100_000

// Heavy is the number of lines of iptables above which a cut slows the machine down:
// they are tried one after the other, for each packet. Ten thousand of them keep a
// small machine so busy that 100 nodes do not answer any more.
const Heavy = 2600

// Verdict is what happens to a packet that matches.
type Verdict uint8

// The verdicts.
const (
	// Refuse answers with a TCP reset, which the sender notices at once.
	Refuse Verdict = iota
	// Pass leaves the packet to the rules of the machine's owner.
	Pass
	// Ask leaves the decision to a program that can see who sends: package gate.
	Ask
)

// Family is the IP version of a packet.
type Family uint8

// The families.
const (
	AnyFamily Family = iota
	IPv4
	IPv6
)

// Rule matches TCP packets. Zero fields match everything.
type Rule struct {
	// From and To are lists of ends, of which any one matches. Of an end alone the
	// address or the port may be zero, for any; in a list of several all have an
	// address of one family, and either all or none have a port.
	From, To []netip.AddrPort
	// SYN restricts the rule to packets that open a connection, RST to resets.
	SYN, RST bool
	// User is the name or number of the user who owns the sending socket. Only
	// packets that this machine sends have one.
	User    string
	Verdict Verdict
	// Comment says what the rule is for: at most maxComment bytes, no quotes.
	Comment string
}

// Family returns the IP version that the rule is about.
func (r *Rule) Family() Family {
	for _, ends := range [][]netip.AddrPort{r.From, r.To} {
		switch {
		case len(ends) == 0 || !ends[0].Addr().IsValid():
		case ends[0].Addr().Is4():
			return IPv4
		default:
			return IPv6
		}
	}
	return AnyFamily
}

// Hook is where on a packet's way the rules stand.
type Hook uint8

// The hooks.
const (
	// Input sees what arrives, from this machine or another.
	Input Hook = iota
	// Output sees what this machine sends, and who sends it.
	Output
)

// Plan is what a firewall must do for a cut.
type Plan struct {
	Hook Hook
	// Rules are tried in order; the first that matches decides.
	Rules []Rule
	// About is what the cut says of itself.
	About About
	// Notes are sentences for the person who asked: what the plan cannot do.
	Notes []string
}

// Asks reports whether the plan needs a program that decides.
func (p *Plan) Asks() bool {
	return slices.ContainsFunc(p.Rules, func(r Rule) bool { return r.Verdict == Ask })
}

// Connections separates the rules about single connections, of which there may be one
// for each pair of nodes, from the others. Both plans let resets pass.
func (p *Plan) Connections() (connections, others *Plan) {
	connections, others = &Plan{Hook: p.Hook, About: p.About}, &Plan{Hook: p.Hook, About: p.About}
	for i := range p.Rules {
		r := &p.Rules[i]
		if r.RST || r.isConnection() {
			connections.Rules = append(connections.Rules, *r)
		}
		if r.RST || !r.isConnection() {
			others.Rules = append(others.Rules, *r)
		}
	}
	return connections, others
}

func (r *Rule) isConnection() bool {
	return r.Verdict == Refuse && !r.SYN && len(r.From) == 1 && len(r.To) == 1 &&
		r.From[0].Addr().IsValid() && r.From[0].Port() != 0 && r.To[0].Port() != 0
}

// Families returns whether rules for IPv4 and for IPv6 are needed.
func (p *Plan) Families() (v4, v6 bool) {
	for i := range p.Rules {
		if p.Rules[i].Verdict == Pass {
			continue
		}
		switch p.Rules[i].Family() {
		case IPv4:
			v4 = true
		case IPv6:
			v6 = true
		default:
			return true, true
		}
	}
	return v4, v6
}

// resetsPass lets the resets of refused packets through: they carry the addresses of
// nodes that may not talk, and would be refused in turn.
var resetsPass = Rule{RST: true, Verdict: Pass, Comment: tag + "resets pass"}

// More returns the comment of a rule that stands for more of its kind.
func More(comment string, more int) string {
	suffix := fmt.Sprintf(" +%d", more)
	return comment[:min(len(comment), maxComment-len(suffix))] + suffix
}

// tag begins the comment of each rule, and maxComment is what nft allows.
const (
	tag        = "ringmend: "
	maxComment = 128
)
