package app

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/ringmend/ringmend/node/web"
)

// networks returns what reads a list of networks.
func networks(to *[]netip.Prefix) func(string) error {
	return func(list string) error {
		if list == "anywhere" {
			*to = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
			return nil
		}
		var all []netip.Prefix
		for text := range strings.SplitSeq(list, ",") {
			network, err := netip.ParsePrefix(strings.TrimSpace(text))
			if err != nil {
				return fmt.Errorf("it must be a list of networks such as 10.0.0.0/8, or anywhere: %w", err)
			}
			all = append(all, network)
		}
		*to = all
		return nil
	}
}

// thisMachine returns the networks of the loopback interface, and the addresses of all
// others: callers from these are on this machine, in this network namespace.
func thisMachine() []netip.Prefix {
	all := web.Loopback()
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
