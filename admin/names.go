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

// Addresses returns the addresses that a name stands for, none when it stands for
// none, within the time that a call may take. Of an address it returns that.
func (c *Crawler) Addresses(ctx context.Context, node wire.Address) []wire.Address {
	if !isName(node) {
		return []wire.Address{node}
	}
	addresses, _ := c.resolve(ctx, node) // why it stands for none is not asked
	return addresses
}

// resolve returns all addresses that a name stands for, in the order in which the
// resolver prefers them, within the time that a call may take.
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

// withOwnAddresses returns nodes without the addresses that are not their own.
//
// A node may answer at a name or an address under which it does not know itself:
// one of several that its host has, or that of a proxy. It lists its own, and is
// asked there, too; only where nothing else answers, what was named stays. Of the
// addresses of a name, those where nobody is are left out, and so is the name, if
// somebody is at one of them.
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

// markVain marks what a name stands for if it leads nowhere and was not named
// itself; and the name, if something else does lead to a node.
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

// isAlias reports whether a node answered at an address that neither it nor
// anybody else lists. One that lists nobody has no other address.
func (l *look) isAlias(n Node) bool {
	return n.Err == nil && len(n.Stats.Membership.Members) > 0 && !l.targets[question{address: n.Address}].known
}
