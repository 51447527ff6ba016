package firewall

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/internal/netns/nstest"
	"github.com/ringmend/ringmend/tools/make_partition/format"
	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

// ways are the firewalls that a Linux machine may have.
var ways = []struct{ name, format, backend string }{
	{"nft", format.NFT, ""},
	{"legacy", format.Restore, Legacy},
	{"iptables-nft", format.Restore, NFTables},
}

// families are six nodes with an address each, and one address for all other hosts.
var families = []struct {
	name, admin string
	nodes       [6]string
}{
	{"IPv4", "127.0.0.1", [6]string{"127.0.0.11:3000", "127.0.0.12:3000", "127.0.0.13:3000", "127.0.0.14:3000", "127.0.0.15:3000", "127.0.0.16:3000"}},
	{"IPv6", "::1", [6]string{"[fd00::11]:3000", "[fd00::12]:3000", "[fd00::13]:3000", "[fd00::14]:3000", "[fd00::15]:3000", "[fd00::16]:3000"}},
}

var programs = []string{"nft", "iptables-legacy-restore", "iptables-nft-restore", "ip6tables-legacy-restore", "ip6tables-nft-restore"}

func TestMain(m *testing.M) { nstest.Main(m) }

// split makes a split of nodes that are only named.
func split(t *testing.T, parts ...string) *partition.Split {
	t.Helper()
	var spec partition.Spec
	for _, text := range parts {
		part, err := partition.ParsePart(text)
		if err != nil {
			t.Fatal(err)
		}
		spec.Parts = append(spec.Parts, part)
	}
	s, err := spec.Resolve(partition.Static{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func plan(t *testing.T, parts ...string) *rules.Plan {
	t.Helper()
	p, err := rules.Make(split(t, parts...), nil, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// many is a cut between more parts than there are chains for, in both families.
func many(t *testing.T) *rules.Plan {
	t.Helper()
	var parts []string
	for i := range 6 {
		var nodes []string
		for j := range 3 {
			nodes = append(nodes, fmt.Sprintf("127.0.%d.%d:3000", i, j+1), fmt.Sprintf("[fd00::%d:%d]:3000", i, j+1))
		}
		parts = append(parts, strings.Join(nodes, ","))
	}
	return plan(t, parts...)
}

func mustAddr(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func host(address string) string {
	h, _, _ := net.SplitHostPort(address)
	return h
}
