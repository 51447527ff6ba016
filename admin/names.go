package admin

import (
	"context"
	"net/netip"
	"slices"
	"strconv"

	"github.com/ringmend/ringmend/node/wire"
)

// isName reports whether an address has the name of a host.
func isName(a wire.Address) bool {
	_, err := netip.ParseAddrPort(string(a))
	return err != nil
}

// Addresses returns the addresses that a name resolves to, if any, and an address as
// it is.
func (c *Crawler) Addresses(ctx context.Context, node wire.Address) []wire.Address {
	if !isName(node) {
		return []wire.Address{node}
	}
	addresses, _ := c.resolve(ctx, node) // why there are none does not matter here
	return addresses
}

// resolve returns all addresses of a name, in the resolver's order, within the timeout
// of a call.
func (c *Crawler) resolve(ctx context.Context, name wire.Address) ([]wire.Address, error) {
	within, cancel := context.WithTimeout(ctx, c.client.timeout)
	defer cancel()
	ips, err := c.opts.Resolve(within, name.Host())
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(string(name[len(hostOf(string(name)))+1:]), 10, 16)
	if err != nil {
		return nil, err
	}
	var addresses []wire.Address
	for _, ip := range ips[:min(len(ips), MaxNodes)] {
		at := netip.AddrPortFrom(ip.WithZone("").Unmap(), uint16(port))
		addresses = append(addresses, wire.Address(at.String()))
	}
	return addresses, nil
}

// withOwnAddresses removes the nodes that are known under another address.
//
// A node may answer at a name or an address that is not its own: its host may have
// several, or a proxy may be in between. Since its own address is in its list, it is
// asked there as well, and the other one is removed, unless nothing else answered.
// The addresses of a name at which no node is are removed too, and so is the name
// itself if there is a node at another of its addresses.
func (l *look) withOwnAddresses(nodes []Node) []Node {
	found := slices.ContainsFunc(nodes, func(n Node) bool { return n.Err == nil && !l.isAlias(n) })
	vain := map[wire.Address]bool{}
	for _, t := range l.order {
		if t.resolve {
			l.markVain(t, vain)
		}
	}
	return slices.DeleteFunc(nodes, func(n Node) bool {
		return n.Err != nil && vain[n.Address] || found && l.isAlias(n)
	})
}

// markVain marks the addresses of a name at which there is no node, unless they were
// given themselves, and the name if there is a node at another address.
func (l *look) markVain(name *target, vain map[wire.Address]bool) {
	for _, a := range l.memory[name.question].addresses {
		switch t := l.targets[question{address: a}]; {
		case t == nil:
		case t.known || t.answer.stats != nil:
			vain[name.address] = true
		case !t.given:
			vain[a] = true
		}
	}
}

// isAlias reports whether a node answered at an address that no node lists, not even
// itself. A node that lists no members has no other address.
func (l *look) isAlias(n Node) bool {
	return n.Err == nil && len(n.Stats.Membership.Members) > 0 && !l.targets[question{address: n.Address}].known
}
