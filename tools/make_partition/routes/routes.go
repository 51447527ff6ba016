package routes

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/tools/make_partition/partition"
)

// Via is how commands get to a node.
type Via string

// The ways to a node.
const (
	// Shell is a script that is run on each node's host, with its name.
	Shell Via = "sh"
	// Docker and Kubectl are scripts that are run where these programs are; hosts
	// are names of containers or pods.
	Docker  Via = "docker"
	Kubectl Via = "kubectl"
)

// Errors of [ParseVia] and [Script], wrapped.
var (
	// ErrVia says that there is no such way.
	ErrVia = errors.New("unknown way to a node")
	// ErrRoute says that no route is between two nodes.
	ErrRoute = errors.New("cannot cut by routes")
)

// ParseVia returns the way with that name.
func ParseVia(s string) (Via, error) {
	if v := Via(s); slices.Contains([]Via{Shell, Docker, Kubectl}, v) {
		return v, nil
	}
	return "", fmt.Errorf("%w %q: sh, docker or kubectl is expected", ErrVia, s)
}

// host is where commands run, and what they refuse there.
type host struct {
	name    string
	addr    netip.Addr
	refused []netip.Addr
}

// Script returns the script that makes the cut, or with heal the one that takes
// it back. The error wraps [ErrRoute].
func Script(split *partition.Split, via Via, heal bool) (string, error) {
	hosts, err := hosts(split)
	if err != nil {
		return "", err
	}
	if via == Shell {
		return shell(hosts, heal), nil
	}
	return remote(hosts, via, heal), nil
}

// hosts gathers what each host must refuse, in the order of the nodes.
func hosts(split *partition.Split) ([]host, error) {
	var list []host
	index := make(map[netip.Addr]int)
	at := func(n *partition.Node) int {
		addr := n.Address.Addr()
		i, ok := index[addr]
		if !ok {
			name := n.Host
			if name == "" {
				name = addr.String()
			}
			i = len(list)
			index[addr] = i
			list = append(list, host{name: name, addr: addr})
		}
		return i
	}
	for i := range split.Nodes {
		n := &split.Nodes[i]
		if addr := n.Address.Addr(); addr.IsLoopback() || addr.IsUnspecified() {
			return nil, fmt.Errorf("%w: %s is not on a host of its own", ErrRoute, n)
		}
		at(n)
	}
	if err := wholeHosts(split); err != nil {
		return nil, err
	}
	done := make(map[[2]int]bool)
	for _, pair := range split.Cut {
		a, b := at(&split.Nodes[pair.A]), at(&split.Nodes[pair.B])
		if list[a].addr.Is4() != list[b].addr.Is4() || done[[2]int{a, b}] {
			continue
		}
		done[[2]int{a, b}], done[[2]int{b, a}] = true, true
		list[a].refused = append(list[a].refused, list[b].addr)
		list[b].refused = append(list[b].refused, list[a].addr)
	}
	return slices.DeleteFunc(list, func(h host) bool { return len(h.refused) == 0 }), nil
}

// wholeHosts checks that a node that is cut from one node of a host is cut from all of
// its nodes.
func wholeHosts(split *partition.Split) error {
	onHost := make(map[netip.Addr][]int)
	for i := range split.Nodes {
		addr := split.Nodes[i].Address.Addr()
		onHost[addr] = append(onHost[addr], i)
	}
	for _, pair := range split.Cut {
		a, b := &split.Nodes[pair.A], &split.Nodes[pair.B]
		if a.Address.Addr() == b.Address.Addr() {
			return fmt.Errorf("%w: %s and %s are on one host", ErrRoute, a, b)
		}
		for _, i := range onHost[a.Address.Addr()] {
			for _, j := range onHost[b.Address.Addr()] {
				if !split.IsCut(i, j) {
					return fmt.Errorf("%w: %s and %s may talk, and are on the hosts of %s and %s", ErrRoute,
						&split.Nodes[i], &split.Nodes[j], a, b)
				}
			}
		}
	}
	return nil
}

// shell writes one script for all hosts; each runs its own branch.
func shell(hosts []host, heal bool) string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\n# Run this on each host with its name, for instance: ssh HOST sh -s HOST <script\n")
	b.WriteString("case ${1-} in\n")
	for _, h := range hosts {
		fmt.Fprintf(&b, "%s)\n    set -e\n", h.name)
		for _, addr := range h.refused {
			fmt.Fprintf(&b, "    %s\n", command(addr, heal))
		}
		b.WriteString("    ;;\n")
	}
	b.WriteString("*)\n    echo \"usage: sh script HOST\" >&2\n    exit 2\n    ;;\nesac\n")
	return b.String()
}

// remote writes one script that reaches into every container or pod.
func remote(hosts []host, via Via, heal bool) string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\nset -e\n")
	for _, h := range hosts {
		for _, addr := range h.refused {
			reach := "kubectl exec " + h.name + " --"
			if via == Docker {
				reach = "docker exec --privileged " + h.name
			}
			fmt.Fprintf(&b, "%s sh -c '%s'\n", reach, command(addr, heal))
		}
	}
	return b.String()
}

// command refuses an address, or takes that back, with iproute2 where it is there
// and with net-tools elsewhere. The latter has no word for it in
// IPv6: there a route to nowhere is one into the loopback interface.
func command(addr netip.Addr, heal bool) string {
	verb := "add"
	if heal {
		verb = "del"
	}
	words := "if command -v ip >/dev/null; then ip route %s prohibit %s; else route %[1]s -host %[2]s reject; fi"
	if addr.Is6() {
		words = "if command -v ip >/dev/null; then ip -6 route %s prohibit %s; else route -A inet6 %[1]s %[2]s/128 dev lo; fi"
	}
	return fmt.Sprintf(words, verb, addr)
}
