package partition

import (
	"fmt"
	"net/netip"
	"slices"
)

// Static is the nodes that are named, whether anything listens there or not: nodes of
// other machines, or a cluster that is yet to be started.
type Static struct {
	// Hosts are all nodes of the cluster, when they are known. They answer "*"
	// and tell on which hosts a port is.
	Hosts []Node
	// Lookup resolves the name of a host. It is not asked for IP addresses.
	Lookup func(name string) (netip.Addr, error)
}

// Find returns the nodes that an item means. A port without a host means those of
// Hosts that have it or, without Hosts, 127.0.0.1.
func (s Static) Find(item Item) ([]Node, error) {
	if item.Host == "" && s.Hosts != nil {
		nodes := slices.DeleteFunc(slices.Clone(s.Hosts), func(n Node) bool {
			return n.Address.Port() < item.From || n.Address.Port() > item.To
		})
		if len(nodes) == 0 {
			return nil, fmt.Errorf("%w on %s: no host in the list has that port", ErrNoListener, item)
		}
		return nodes, nil
	}
	if int(item.To)-int(item.From) >= MaxNodes {
		return nil, usagef("%s: more than %d nodes", item, MaxNodes)
	}
	addr, name, err := s.resolve(item.Host)
	if err != nil {
		return nil, err
	}
	var nodes []Node
	for port := int(item.From); port <= int(item.To); port++ {
		nodes = append(nodes, Node{Address: netip.AddrPortFrom(addr, uint16(port)), Host: name})
	}
	return nodes, nil
}

// Rest returns the Hosts that are not named.
func (s Static) Rest(named []Node) ([]Node, error) {
	if s.Hosts == nil {
		return nil, fmt.Errorf("%w: without a list of hosts there is no telling what else there is", ErrRest)
	}
	rest := slices.DeleteFunc(slices.Clone(s.Hosts), func(h Node) bool {
		return slices.ContainsFunc(named, func(n Node) bool { return n.Address == h.Address })
	})
	if len(rest) == 0 {
		return nil, fmt.Errorf("%w: all hosts in the list are named already", ErrRest)
	}
	return rest, nil
}

// resolve returns the address of a host, and its name if it was one.
func (s Static) resolve(host string) (netip.Addr, string, error) {
	if host == "" {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), "", nil
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr, "", nil
	}
	addr, err := s.Lookup(host)
	if err != nil {
		return netip.Addr{}, "", fmt.Errorf("resolving %s: %w", host, err)
	}
	return addr.Unmap(), host, nil
}
