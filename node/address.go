package node

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/ringmend/ringmend/node/wire"
)

// checkAddresses refuses addresses that a node cannot listen on or be known by.
func checkAddresses(cfg *Config) error {
	listensAlready := cfg.Address == "" && cfg.Transport != nil
	address, err := wire.ParseAddress(somePort(cfg.Address))
	switch {
	case err != nil && !listensAlready:
		return fmt.Errorf("%w: bad listen address %q, it must be host:port", ErrConfig, cfg.Address)
	case cfg.Advertise != "":
		return checkAdvertise(cfg.Advertise)
	case listensAlready:
		return nil // knownBy sees where
	}
	return checkReachable(address)
}

// checkReachable refuses an address that others cannot call.
func checkReachable(listen wire.Address) error {
	if ip, err := netip.ParseAddr(listen.Host()); err == nil && ip.IsUnspecified() {
		return fmt.Errorf("%w: bad listen address %q, the others must be able to reach the node at it, or at another one that it advertises", ErrConfig, listen)
	}
	return nil
}

func checkAdvertise(address string) error {
	at, err := netip.ParseAddrPort(address)
	switch {
	case err != nil:
		return fmt.Errorf("%w: bad address to advertise %q, it must be ip:port", ErrConfig, address)
	case at.Addr().IsUnspecified() || at.Addr().IsMulticast() || at.Addr().Zone() != "":
		return fmt.Errorf("%w: bad address to advertise %q, the others must be able to reach the node at it", ErrConfig, address)
	case at.String() != address || at.Addr().Is4In6():
		return fmt.Errorf("%w: bad address to advertise %q, members spell it %s", ErrConfig, address,
			netip.AddrPortFrom(at.Addr().Unmap(), at.Port()))
	}
	return nil
}

// somePort replaces port 0, for which the system picks one, by a port that parses.
func somePort(address string) string {
	if host, ok := strings.CutSuffix(address, ":0"); ok {
		return host + ":1"
	}
	return address
}

// knownBy returns the address that a node is known by, given the one it listens on.
func knownBy(cfg *Config, listens string) (wire.Address, error) {
	known := listens
	if cfg.Advertise != "" {
		known = cfg.Advertise
		if host, free := strings.CutSuffix(known, ":0"); free {
			known = host + listens[strings.LastIndexByte(listens, ':'):]
		}
	}
	address, err := wire.ParseAddress(known)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return address, checkReachable(address)
}
