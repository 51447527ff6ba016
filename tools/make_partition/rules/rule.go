package rules

import (
	"net/netip"
	"slices"
)

// MaxEnds is the largest number of ends in a plan, those of all rules together. A
// cut by address has a few for each node and part, one by port four for each
// connection.
const MaxEnds = 100_000

// Verdict is what happens to a packet that matches.
type Verdict uint8

// The verdicts.
const (
	// Refuse answers with a TCP reset, so that the sender notices at once.
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
	// Notes are sentences for the person who asked: what the plan cannot do.
	Notes []string
}

// Asks reports whether the plan needs a program that decides.
func (p *Plan) Asks() bool {
	return slices.ContainsFunc(p.Rules, func(r Rule) bool { return r.Verdict == Ask })
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

// resetsPass lets the resets through that refusing a packet makes: they carry the
// addresses of those who may not talk, and would be refused in turn.
var resetsPass = Rule{RST: true, Verdict: Pass, Comment: tag + "resets pass"}

// tag begins the comment of each rule, and maxComment is what nft allows.
const (
	tag        = "ringmend: "
	maxComment = 128
)
