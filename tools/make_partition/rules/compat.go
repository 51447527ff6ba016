package rules

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// Errors of [Compat], wrapped.
var (
	// ErrCompat says that the original tool cannot do what is asked for.
	ErrCompat = errors.New("--compat cannot do this")
	// ErrNoConnections says that no connection crosses the cut.
	ErrNoConnections = errors.New("no connection between the parts")
)

// Compat returns the text that Ringpop's own make_partition prints for two parts,
// byte for byte: for pf when darwin is set, else for iptables-restore. Like that
// tool it knows one IPv4 address, reads existing connections, and refuses all new
// ones. The ports come in the order of the arguments, the connections in that of the
// table.
//
// It goes further in one point only: ports where nothing listens are an error, unless
// they belong to a range.
func Compat(parts []partition.Part, table sockets.Table, darwin bool) (string, error) {
	if len(parts) != 2 {
		return "", fmt.Errorf("%w: two parts are needed, not %d", ErrCompat, len(parts))
	}
	var c compat
	c.side = make(map[uint16]int)
	for i, part := range parts {
		for _, item := range part {
			if item.Rest || item.Host != "" || item.From == 0 {
				return "", fmt.Errorf("%w: %s is not a port", ErrCompat, item)
			}
			for port := int(item.From); port <= int(item.To); port++ {
				c.ports = append(c.ports, uint16(port))
				c.side[uint16(port)] = i
			}
		}
	}
	if err := c.read(table); err != nil {
		return "", err
	}
	if darwin {
		return c.pf(), nil
	}
	return c.iptables(), nil
}

type compat struct {
	ports    []uint16
	side     map[uint16]int
	host     netip.Addr
	crossing []sockets.Socket
}

func (c *compat) read(table sockets.Table) error {
	var pids [2][]int
	for _, s := range table.Listeners() {
		if side, ok := c.side[s.Local.Port()]; ok {
			pids[side] = append(pids[side], s.PIDs...)
		}
	}
	for i := range table {
		s := &table[i]
		to, ok := c.side[s.Remote.Port()]
		if s.State != sockets.Established || !ok || !s.OwnedBy(pids[0]) && !s.OwnedBy(pids[1]) {
			continue
		}
		host := s.Local.Addr()
		switch {
		case !host.Is4():
			return fmt.Errorf("%w: %s is not IPv4", ErrCompat, host)
		case s.Remote.Addr() != host || c.host.IsValid() && c.host != host:
			return fmt.Errorf("%w: the nodes have more than one address (%s and %s)", ErrCompat, s.Remote.Addr(), host)
		}
		c.host = host
		if s.OwnedBy(pids[1-to]) {
			c.crossing = append(c.crossing, *s)
		}
	}
	if len(c.crossing) == 0 {
		return fmt.Errorf("%w: --compat needs nodes that are connected", ErrNoConnections)
	}
	return nil
}

func (c *compat) iptables() string {
	const refuse = "-j REJECT --reject-with tcp-reset\n"
	var b strings.Builder
	fmt.Fprintf(&b, "*filter\n-A INPUT -p tcp -s %s -d %[1]s --tcp-flags RST RST -j ACCEPT\n", c.host)
	for _, port := range c.ports {
		fmt.Fprintf(&b, "-A INPUT -p tcp --syn -m state --state NEW -d %s --dport %d %s", c.host, port, refuse)
	}
	for way := range c.ways {
		fmt.Fprintf(&b, "-A INPUT -p tcp -s %s --sport %d -d %[1]s --dport %[3]d %[4]s", c.host, way[0], way[1], refuse)
	}
	b.WriteString("COMMIT\n")
	return b.String()
}

func (c *compat) pf() string {
	var b strings.Builder
	for _, port := range c.ports {
		fmt.Fprintf(&b, "block return in proto tcp from %s port %d flags S/S\n", c.host, port)
	}
	for way := range c.ways {
		fmt.Fprintf(&b, "block return in proto tcp from %s port %d to %[1]s port %[3]d\n", c.host, way[0], way[1])
	}
	return b.String()
}

// ways yields each crossing connection's ports there and back.
func (c *compat) ways(yield func([2]uint16) bool) {
	for _, s := range c.crossing {
		there := [2]uint16{s.Local.Port(), s.Remote.Port()}
		back := there
		slices.Reverse(back[:])
		if !yield(there) || !yield(back) {
			return
		}
	}
}
