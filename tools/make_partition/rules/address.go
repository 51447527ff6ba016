package rules

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/ringmend/ringmend/tools/make_partition/partition"
)

// hosts are two addresses that nodes may share with others.
type hosts struct{ a, b netip.Addr }

// byPlace goes by address for the pairs of nodes where that is enough, and by
// port for the others.
func (p *planner) byPlace() error {
	var byAddress, byPort []partition.Pair
	for _, pair := range p.split.Cut {
		if !p.canMeet(pair) {
			continue
		}
		why := p.inseparable(pair)
		switch {
		case p.options.By == Port || p.options.By == Auto && why != "":
			byPort = append(byPort, pair)
		case why != "":
			return fmt.Errorf("%w by address: %s", ErrTold, why)
		default:
			byAddress = append(byAddress, pair)
		}
	}
	p.byAddress(byAddress)
	if len(byPort) == 0 {
		return nil
	}
	return p.byPort(byPort)
}

// canMeet reports whether two nodes are in one address family. Nodes of different
// families cannot reach each other anyway.
func (p *planner) canMeet(pair partition.Pair) bool {
	a, b := &p.split.Nodes[pair.A], &p.split.Nodes[pair.B]
	return a.Wildcard() || b.Wildcard() || a.Address.Addr().Is4() == b.Address.Addr().Is4()
}

// inseparable says why two nodes cannot be told apart by address, "" if they can.
func (p *planner) inseparable(pair partition.Pair) string {
	for _, i := range []int{pair.A, pair.B} {
		n := &p.split.Nodes[i]
		if n.Wildcard() {
			return fmt.Sprintf("%s listens on all addresses", n)
		}
		if from, ok := p.elsewhere[i]; ok {
			return fmt.Sprintf("%s dials from %s, not from its own address", n, from)
		}
	}
	a, b := &p.split.Nodes[pair.A], &p.split.Nodes[pair.B]
	both := hosts{a.Address.Addr(), b.Address.Addr()}
	if both.a == both.b {
		return fmt.Sprintf("%s and %s share an address", a, b)
	}
	why, known := p.apart[both]
	if !known {
		why = p.inseparableHosts(both)
		p.apart[both] = why
	}
	return why
}

// inseparableHosts says why two addresses cannot be cut from each other: some of
// the nodes there may talk.
func (p *planner) inseparableHosts(both hosts) string {
	for _, i := range p.onHost[both.a] {
		for _, j := range p.onHost[both.b] {
			if !p.split.IsCut(i, j) {
				return fmt.Sprintf("%s and %s may talk, and share their addresses with nodes that may not",
					&p.split.Nodes[i], &p.split.Nodes[j])
			}
		}
	}
	return ""
}

// byAddress refuses what nodes send to those that they are cut from. Nodes that
// are cut from the same ones, as all of a part are, have their rules in common:
// there are as many rules as parts, not as pairs.
func (p *planner) byAddress(pairs []partition.Pair) {
	others := make([][]int, len(p.split.Nodes))
	for _, pair := range pairs {
		others[pair.A] = append(others[pair.A], pair.B)
		others[pair.B] = append(others[pair.B], pair.A)
	}
	var parts [][]int
	known := make(map[string]int)
	for i, cutFrom := range others {
		key := fmt.Sprint(cutFrom)
		part, ok := known[key]
		if !ok {
			part = len(parts)
			known[key] = part
			parts = append(parts, nil)
		}
		parts[part] = append(parts[part], i)
	}
	for _, part := range parts {
		if cutFrom := others[part[0]]; len(cutFrom) > 0 && p.ends <= MaxEnds {
			p.refuse(part, cutFrom)
		}
	}
}

// refuse refuses what some nodes send to others, whichever side dialled. With the ports
// in the rules all other traffic between two addresses is left alone; a node without a
// port is its whole host.
func (p *planner) refuse(from, to []int) {
	comment := p.between(from, to)
	add := func(from, to []netip.AddrPort) {
		if len(from) > 0 && len(to) > 0 {
			p.add(Rule{From: from, To: to, Comment: comment})
		}
	}
	callers, callerHosts := p.endsOf(from)
	called, calledHosts := p.endsOf(to)
	add(addresses(callers), called) // calls
	add(callers, addresses(called)) // answers
	add(callerHosts, addresses(called))
	add(addresses(slices.Concat(callers, callerHosts)), calledHosts)
}

// endsOf returns the ends that are nodes, and those that are hosts.
func (p *planner) endsOf(nodes []int) (ports, hosts []netip.AddrPort) {
	for _, i := range nodes {
		if at := p.split.Nodes[i].Address; at.Port() == 0 {
			hosts = append(hosts, at)
		} else {
			ports = append(ports, at)
		}
	}
	return ports, hosts
}

// addresses returns where the ends are, each address once.
func addresses(ends []netip.AddrPort) []netip.AddrPort {
	var list []netip.AddrPort
	for _, e := range ends {
		list = append(list, netip.AddrPortFrom(e.Addr(), 0))
	}
	slices.SortFunc(list, netip.AddrPort.Compare)
	return slices.Compact(list)
}

// end returns where a node is reached: everywhere, if it listens everywhere.
func end(n *partition.Node) netip.AddrPort {
	if n.Wildcard() {
		return netip.AddrPortFrom(netip.Addr{}, n.Address.Port())
	}
	return n.Address
}
