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
	// Docker, Podman and Kubectl are scripts that are run where these programs are;
	// hosts are names of containers or pods.
	Docker  Via = "docker"
	Podman  Via = "podman"
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
	if v := Via(s); slices.Contains([]Via{Shell, Docker, Podman, Kubectl}, v) {
		return v, nil
	}
	return "", fmt.Errorf("%w %q: sh, docker, podman or kubectl is expected", ErrVia, s)
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
	b.WriteString(begin(heal))
	b.WriteString("case ${1-} in\n")
	for _, h := range hosts {
		fmt.Fprintf(&b, "%s)\n", h.name)
		for _, addr := range h.refused {
			fmt.Fprintf(&b, "    %s%s\n", either(iproute(addr, heal), netTools(addr, heal)), mind(heal))
		}
		b.WriteString("    ;;\n")
	}
	b.WriteString("*)\n    echo \"usage: sh script HOST\" >&2\n    exit 2\n    ;;\nesac\n")
	b.WriteString(end(heal))
	return b.String()
}

// remote writes one script that reaches into every container or pod.
func remote(hosts []host, via Via, heal bool) string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\n" + begin(heal))
	for _, h := range hosts {
		for _, addr := range h.refused {
			reach := "kubectl exec " + h.name + " --"
			if via != Kubectl {
				// As root, whoever the program in the container runs as.
				reach = fmt.Sprintf("%s exec --privileged --user 0 %s", via, h.name)
			}
			fmt.Fprintf(&b, "%s sh -c '%s'%s\n", reach, either(netTools(addr, heal), iproute(addr, heal)), mind(heal))
		}
	}
	b.WriteString(end(heal))
	return b.String()
}

// A cut ends at the first command that fails. Mending goes on: a container that has been
// restarted since has no such route any more, and the others are to be mended all the same.

func begin(heal bool) string {
	if heal {
		return "failed=0\n"
	}
	return "set -e\n"
}

func mind(heal bool) string {
	if heal {
		return " || failed=1"
	}
	return ""
}

func end(heal bool) string {
	if heal {
		return "exit $failed\n"
	}
	return ""
}

// either runs the first command if its program is there, and the second one elsewhere. Hosts
// have iproute2, or net-tools at least. Images have BusyBox, if anything, whose shell
// has both: what has made a cut mends it, whichever it is.
func either(first, second string) string {
	program, _, _ := strings.Cut(first, " ")
	return fmt.Sprintf("if command -v %s >/dev/null; then %s; else %s; fi", program, first, second)
}

// iproute refuses an address, or takes that back, with iproute2.
func iproute(addr netip.Addr, heal bool) string {
	if addr.Is6() {
		return fmt.Sprintf("ip -6 route %s prohibit %s", verb(heal), addr)
	}
	return fmt.Sprintf("ip route %s prohibit %s", verb(heal), addr)
}

// netTools does it with net-tools, which have no word for it in IPv6: there a route to nowhere
// is one into the loopback interface.
func netTools(addr netip.Addr, heal bool) string {
	if addr.Is6() {
		return fmt.Sprintf("route -A inet6 %s %s/128 dev lo", verb(heal), addr)
	}
	return fmt.Sprintf("route %s -host %s reject", verb(heal), addr)
}

func verb(heal bool) string {
	if heal {
		return "del"
	}
	return "add"
}
