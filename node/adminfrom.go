package node

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// ErrNotAllowed refuses an admin call from outside [Config.AdminFrom].
var ErrNotAllowed = errors.New("not allowed from this address")

// ThisMachine returns the networks of the loopback interface, and the addresses of all other
// interfaces: callers from these are on this machine, in this network namespace. It is the
// default of [Config.AdminFrom].
func ThisMachine() []netip.Prefix {
	all := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return all
	}
	for _, a := range addresses {
		if network, err := netip.ParsePrefix(a.String()); err == nil && !network.Addr().IsLoopback() {
			all = append(all, netip.PrefixFrom(network.Addr(), network.Addr().BitLen()))
		}
	}
	return all
}

// Anywhere returns the networks of all addresses, for [Config.AdminFrom] as in Ringpop.
func Anywhere() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
}

// mayCall checks whether a caller may use an endpoint; those that only show something are
// open to all.
func (n *Node) mayCall(from netip.AddrPort, endpoint string) error {
	switch endpoint {
	case wire.EndpointHealth, wire.EndpointStats, wire.EndpointLookup, wire.EndpointAccept, wire.EndpointHealStats, wire.EndpointBrief,
		wire.EndpointResolve:
		return nil
	}
	ip := from.Addr().Unmap().WithZone("")
	if slices.ContainsFunc(n.adminFrom, func(p netip.Prefix) bool { return p.Contains(ip) || p.Bits() == 0 && !ip.IsValid() }) {
		return nil
	}
	if !ip.IsValid() {
		return fmt.Errorf("%w: the transport does not tell it", ErrNotAllowed)
	}
	return fmt.Errorf("%w: %v", ErrNotAllowed, ip)
}
