// Package netlab makes a small network of its own on this machine: hosts that
// each have an address, and a router between them on which packets can be
// dropped or refused by real firewall rules.
//
// Everything lives in network namespaces of a process that was started for it
// by [Enter], so that nothing of the machine's own network is touched and
// nothing is left behind, however it ends. It needs root and the programs
// unshare, ip and iptables.
package netlab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// MaxHosts is how many hosts a network may have.
const MaxHosts = 250

// inside is set in the environment of a process that has namespaces of its own.
const inside = "RINGMEND_NETLAB"

// Missing returns why there can be no network on this machine, or nil.
func Missing() error {
	if os.Getuid() != 0 {
		return errors.New("network namespaces need root")
	}
	for _, program := range []string{"unshare", "ip", "iptables"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("there is no %s (Debian: util-linux, iproute2, iptables)", program)
		}
	}
	return nil
}

// Inside reports whether this process has namespaces of its own.
func Inside() bool { return os.Getenv(inside) != "" }

// Command returns this program, with arguments, as a command that runs in
// namespaces of its own. There [Inside] is true.
func Command(args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	cmd := exec.Command("unshare", append([]string{"--net", "--mount", "--propagation", "private", self}, args...)...)
	cmd.Env = append(os.Environ(), inside+"=1")
	return cmd
}

// Network is a number of hosts around a router. This process is on the router
// and reaches all of them, whatever is cut.
type Network struct {
	hosts int
}

// New makes a network of n hosts. It may be called once, [Inside] only.
func New(n int) (*Network, error) {
	if !Inside() {
		return nil, errors.New("not in namespaces of its own")
	}
	if n < 1 || n > MaxHosts {
		return nil, fmt.Errorf("%d hosts, it must be from 1 to %d", n, MaxHosts)
	}
	// Names of namespaces are files; these are seen by this process only.
	if err := os.MkdirAll("/run/netns", 0o755); err != nil {
		return nil, err
	}
	if err := run("", "mount", "-t", "tmpfs", "netns", "/run/netns"); err != nil {
		return nil, err
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644); err != nil {
		return nil, fmt.Errorf("forwarding: %w", err)
	}
	if err := run("", "ip", "link", "set", "lo", "up"); err != nil {
		return nil, err
	}
	for i := range n {
		if err := addHost(i); err != nil {
			return nil, fmt.Errorf("host %d: %w", i, err)
		}
	}
	return &Network{hosts: n}, nil
}

func addHost(i int) error {
	name := hostName(i)
	router := fmt.Sprintf(`netns add %[1]s
link add to-%[1]s type veth peer name eth0 netns %[1]s
addr add 10.77.%[2]d.1/24 dev to-%[1]s
link set to-%[1]s up
`, name, i)
	host := fmt.Sprintf(`link set lo up
addr add 10.77.%[1]d.2/24 dev eth0
link set eth0 up
route add default via 10.77.%[1]d.1
`, i)
	if err := run(router, "ip", "-batch", "-"); err != nil {
		return err
	}
	return run(host, "ip", "-n", name, "-batch", "-")
}

func hostName(i int) string { return fmt.Sprintf("host%d", i) }

// Address returns the IP address of a host.
func (n *Network) Address(host int) string { return fmt.Sprintf("10.77.%d.2", host) }

// On returns the command line that runs a command on a host.
func (n *Network) On(host int, command ...string) []string {
	return append([]string{"ip", "netns", "exec", hostName(host)}, command...)
}

// Kind says what becomes of the packets of a cut.
type Kind string

// The kinds of cuts.
const (
	// Drop loses packets. Connections stall, and go on when it ends.
	Drop Kind = "drop"
	// Reset answers packets with a TCP reset. Connections break at once.
	Reset Kind = "reset"
)

// Cut separates parts of the network from each other. Hosts that are in no part
// reach everybody.
func (n *Network) Cut(kind Kind, parts ...[]int) error {
	target := "DROP"
	if kind == Reset {
		target = "REJECT --reject-with tcp-reset"
	}
	var rules strings.Builder
	rules.WriteString("*filter\n")
	for i, part := range parts {
		for j, other := range parts {
			if i == j {
				continue
			}
			for _, a := range part {
				for _, b := range other {
					fmt.Fprintf(&rules, "-A FORWARD -p tcp -s %s -d %s -j %s\n", n.Address(a), n.Address(b), target)
				}
			}
		}
	}
	rules.WriteString("COMMIT\n")
	return run(rules.String(), "iptables-restore", "--noflush")
}

// Mend ends all cuts.
func (n *Network) Mend() error { return run("", "iptables", "-F", "FORWARD") }

func run(input, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
