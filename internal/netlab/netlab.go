package netlab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"

	"github.com/ringmend/ringmend/internal/netns"
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
	return netns.Available(flags, "ip", "iptables")
}

// flags of unshare make namespaces in which hosts have names of their own.
var flags = []string{"--net", "--mount", "--propagation", "private"}

// Inside reports whether this process has namespaces of its own.
func Inside() bool { return os.Getenv(inside) != "" }

// Command returns this program, with arguments, as a command that runs in
// namespaces of its own. There [Inside] is true. Run it by [proc.Run]: then it is killed
// when this process dies, and the nodes that it has started with it.
func Command(args ...string) *exec.Cmd {
	cmd := netns.Command(flags, args...)
	cmd.Env = append(os.Environ(), inside+"=1")
	return cmd
}

// Network is a number of hosts around a router. This process is on the router
// and reaches all of them, whatever is cut.
type Network struct {
	hosts int

	mu   sync.Mutex // guards the firewall
	cuts int        // made so far
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
	if _, err := run("", "mount", "-t", "tmpfs", "netns", "/run/netns"); err != nil {
		return nil, err
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644); err != nil {
		return nil, fmt.Errorf("forwarding: %w", err)
	}
	if _, err := run("", "ip", "link", "set", "lo", "up"); err != nil {
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
	if _, err := run(router, "ip", "-batch", "-"); err != nil {
		return err
	}
	_, err := run(host, "ip", "-n", name, "-batch", "-")
	return err
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

// Cut separates parts of the network from each other, until [Network.Mend]. Hosts that are in
// no part reach all others. See [Network.Dials] for what tries to cross it.
func (n *Network) Cut(kind Kind, parts ...[]int) error {
	_, err := n.CutUntil(kind, parts...)
	return err
}

// CutUntil is Cut, and returns what ends this cut and no other.
func (n *Network) CutUntil(kind Kind, parts ...[]int) (mend func() error, err error) {
	target := "DROP"
	if kind == Reset {
		target = "REJECT --reject-with tcp-reset"
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cuts++
	var chains, jumps, gone strings.Builder
	for i, part := range parts {
		chain := n.chain(i)
		// The first rule of the chain only counts.
		fmt.Fprintf(&chains, ":%[1]s -\n-A %[1]s -p tcp --syn\n-A %[1]s -p tcp -j %[2]s\n", chain, target)
		fmt.Fprintf(&gone, "-F %[1]s\n-X %[1]s\n", chain)
		for j, other := range parts {
			if i == j {
				continue
			}
			for _, a := range part {
				for _, b := range other {
					fmt.Fprintf(&jumps, "-A FORWARD -s %s -d %s -j %s\n", n.Address(a), n.Address(b), chain)
				}
			}
		}
	}
	mend = func() error {
		n.mu.Lock()
		defer n.mu.Unlock()
		return restore(strings.ReplaceAll(jumps.String(), "-A FORWARD", "-D FORWARD") + gone.String())
	}
	return mend, restore(chains.String() + jumps.String())
}

// restore changes the table of the filter.
func restore(rules string) error {
	_, err := run("*filter\n"+rules+"COMMIT\n", "iptables-restore", "--noflush")
	return err
}

// chain names the rules for what a part of the latest cut sends to the others.
func (n *Network) chain(part int) string { return fmt.Sprintf("cut%d-part%d", n.cuts, part) }

// Dials returns how often the hosts of a part have tried to open a connection
// across the latest cut, which is not mended: how many SYN packets they sent,
// repeated ones included.
func (n *Network) Dials(part int) (int, error) {
	rules, err := run("", "iptables-save", "--counters", "--table", "filter")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(rules) {
		counters, rule, _ := strings.Cut(line, " ")
		if strings.HasPrefix(rule, "-A "+n.chain(part)+" ") && strings.Contains(rule, "SYN") {
			packets, _, _ := strings.Cut(strings.TrimPrefix(counters, "["), ":")
			return strconv.Atoi(packets)
		}
	}
	return 0, fmt.Errorf("part %d is not cut off", part)
}

// Mend ends all cuts.
func (n *Network) Mend() error {
	_, err := run("*filter\nCOMMIT\n", "iptables-restore")
	return err
}

func run(input, name string, args ...string) (output string, err error) {
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}
