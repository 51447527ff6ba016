package rules

import (
	"fmt"
	"net/netip"

	"github.com/ringmend/ringmend/tools/make_partition/partition"
)

// byUser refuses what one node's user sends to the port of the other. Answers on
// a connection that the other one dialled need no rule: without the packets of
// its dialer it is dead.
func (p *planner) byUser() error {
	type userFlow struct {
		user     string
		receiver int
	}
	refused := make(map[userFlow]bool)
	for _, pair := range p.split.Cut {
		a, b := &p.split.Nodes[pair.A], &p.split.Nodes[pair.B]
		for _, n := range []*partition.Node{a, b} {
			if n.User == "" {
				return fmt.Errorf("%w by user: it is not known whose %s is (ss tells it with -e)", ErrTold, n)
			}
			if !plainUser(n.User) {
				return fmt.Errorf("%w by user: %q is no name for a rule", ErrTold, n.User)
			}
		}
		if a.User == b.User {
			return fmt.Errorf("%w by user: %s and %s both run as %s", ErrTold, a, b, a.User)
		}
		for _, way := range [][2]int{{pair.A, pair.B}, {pair.B, pair.A}} {
			flow := userFlow{p.split.Nodes[way[0]].User, way[1]}
			if refused[flow] {
				continue
			}
			refused[flow] = true
			if err := p.refuseUser(way[0], way[1]); err != nil {
				return err
			}
		}
	}
	p.note("cut by user: an admin tool must run as none of the nodes' users")
	return nil
}

// refuseUser refuses what one node sends to the other. All nodes of a user are
// treated alike, so all of them must be cut from the other one.
func (p *planner) refuseUser(sender, receiver int) error {
	from, to := &p.split.Nodes[sender], &p.split.Nodes[receiver]
	for i := range p.split.Nodes {
		n := &p.split.Nodes[i]
		if i != receiver && n.User == from.User && !p.split.IsCut(i, receiver) {
			return fmt.Errorf("%w by user: %s and %s may talk, and %s runs as %s, too", ErrTold, n, to, from, n.User)
		}
	}
	if to.Address.Port() == 0 {
		return fmt.Errorf("%w by user: %s has no port", ErrTold, to)
	}
	comment := fmt.Sprintf("%suser %s | %s", tag, from.User, to)
	p.add(Rule{User: from.User, To: []netip.AddrPort{end(to)}, Comment: comment})
	return nil
}

// plainUser reports whether a user's name means nothing but itself to a shell and
// to a firewall.
func plainUser(name string) bool {
	for _, c := range []byte(name) {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == '.', c == '-':
		default:
			return false
		}
	}
	return name[0] != '-' && len(name) <= 32
}
