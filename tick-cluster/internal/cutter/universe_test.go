package cutter

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/tick-cluster/internal/naming"
	"github.com/ringmend/ringmend/tools/make_partition/firewall"
	"github.com/ringmend/ringmend/tools/make_partition/format"
	"github.com/ringmend/ringmend/tools/make_partition/gate"
	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/rules"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// shared are nodes of one address, own are nodes that have one each.
func shared(n int) (nodes []Node) {
	for i := range n {
		nodes = append(nodes, Node{naming.Node{Name: fmt.Sprint(3000 + i), Number: 3000 + i, Index: 3000 + i,
			Address: netip.MustParseAddrPort(fmt.Sprintf("127.0.0.1:%d", 3000+i))}, 100 + i})
	}
	return nodes
}

func own(n int) (nodes []Node) {
	for i := range n {
		nodes = append(nodes, Node{naming.Node{Name: fmt.Sprint(11 + i), Number: 11 + i, Index: 3000 + i,
			Address: netip.MustParseAddrPort(fmt.Sprintf("127.0.0.%d:3000", 11+i))}, 100 + i})
	}
	return nodes
}

// resolve shows the sides that words mean.
func resolve(nodes []Node, words string) (string, error) {
	u := universe{nodes: nodes}
	parts := strings.Fields(words)
	spec, err := parse(parts)
	if err != nil {
		return "", err
	}
	if len(parts) == 0 {
		spec = u.halves()
	}
	split, err := spec.Resolve(u)
	if err != nil {
		return "", err
	}
	sides, others := u.names(split)
	if len(others) > 0 {
		return fmt.Sprint(sides, " but ", others), nil
	}
	return fmt.Sprint(sides), nil
}

func TestPartsMeanNodes(t *testing.T) {
	for _, test := range []struct {
		nodes       []Node
		words, want string
	}{
		{shared(4), "3000,3001 3002,3003", "[[3000 3001] [3002 3003]]"},
		{shared(4), "", "[[3000 3001] [3002 3003]]"},
		{shared(5), "", "[[3000 3001 3002] [3003 3004]]"},
		{shared(2), "", "[[3000] [3001]]"},
		{shared(4), "3000 *", "[[3000] [3001 3002 3003]]"},
		{shared(4), "3000-3002 127.0.0.1:3003", "[[3000 3001 3002] [3003]]"},
		{shared(4), "3000 3001 3003", "[[3000] [3001] [3003]] but [3002]"},
		{shared(4), "2990-3001 3002-3999", "[[3000 3001] [3002 3003]]"},
		{own(4), "11,12 13,14", "[[11 12] [13 14]]"},
		{own(4), "11-13 14", "[[11 12 13] [14]]"},
		{own(4), "3000,3001 3002,3003", "[[11 12] [13 14]]"},
		{own(4), "127.0.0.11:3000,127.0.0.14:3000 *", "[[11 14] [12 13]]"},
		{own(4), "127.0.0.11 127.0.0.12", "[[11] [12]] but [13 14]"},
		{own(3), "", "[[11 12] [13]]"},
	} {
		got, err := resolve(test.nodes, test.words)
		if err != nil || got != test.want {
			t.Errorf("%q of %d: got %s, error %v; want %s", test.words, len(test.nodes), got, err, test.want)
		}
	}
}

func TestPartsThatMeanNothing(t *testing.T) {
	for _, test := range []struct {
		words, want string
		is          error
	}{
		{"3000 3009", "no such node: 3009 (they are 3000 to 3003)", naming.ErrNode},
		{"127.0.0.2:3000 *", "no such node: 127.0.0.2:3000", naming.ErrNode},
		{"3000,3001 3001,3002", "the parts overlap: 127.0.0.1:3001 is in two of them", partition.ErrUsage},
		{"3000", "one part is nothing to cut from", partition.ErrUsage},
		{"x! 3000", `"x!" is not a port`, partition.ErrUsage},
		{"* *", `"*" is in two parts`, partition.ErrUsage},
		{"3000-3003 *", "nothing is left for *", naming.ErrNode},
	} {
		_, err := resolve(shared(4), test.words)
		if !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want %q", test.words, err, test.want)
		}
	}
}

func TestANodeIsTheProcessesThatListen(t *testing.T) {
	nodes := shared(3)
	u := universe{nodes: nodes, table: sockets.Table{
		{State: sockets.Listen, Local: nodes[0].Address, PIDs: []int{7, 8}},                                // a child of the one that was started
		{State: sockets.Listen, Local: netip.MustParseAddrPort("0.0.0.0:3001"), PIDs: []int{9}},            // everywhere
		{State: sockets.Established, Local: nodes[2].Address, Remote: nodes[0].Address, PIDs: []int{1000}}, // no listener
	}}
	got := map[string][]int{}
	for _, n := range nodes {
		got[n.Name] = u.node(n).PIDs
	}
	want := map[string][]int{"3000": {7, 8}, "3001": {9}, "3002": {102}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Nodes with addresses of their own need no gate for new connections.
func TestOnlySharedAddressesNeedAGate(t *testing.T) {
	for name, test := range map[string]struct {
		nodes []Node
		asks  bool
	}{"shared": {shared(4), true}, "own": {own(4), false}} {
		u := universe{nodes: test.nodes}
		split, err := u.halves().Resolve(u)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := rules.Make(split, sockets.Table{}, rules.Options{New: rules.AskNew})
		if err != nil || plan.Asks() != test.asks {
			t.Errorf("%s: asks %v, error %v; want %v", name, plan.Asks(), err, test.asks)
		}
	}
}

// Rules for each connection are too many for iptables when nodes share an address.
func TestACutMustNotBeDearerThanTheCluster(t *testing.T) {
	for name, test := range map[string]struct {
		nodes []Node
		want  error
	}{"shared": {shared(80), ErrRules}, "own": {own(200), nil}} {
		u := universe{nodes: test.nodes}
		for i, from := range test.nodes {
			for _, to := range test.nodes[i+1:] {
				local := netip.AddrPortFrom(from.Address.Addr(), uint16(10000+len(u.table)))
				u.table = append(u.table, sockets.Socket{State: sockets.Established, Local: local, Remote: to.Address, PIDs: []int{from.PID}})
			}
		}
		split, err := u.halves().Resolve(u)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := rules.Make(split, u.table, rules.Options{New: rules.AskNew})
		if err != nil {
			t.Fatal(err)
		}
		if err := affordable([]firewall.Load{{Format: format.Restore, Plan: plan}}); !errors.Is(err, test.want) {
			t.Errorf("%s: two halves of %d nodes by iptables: error %v, want %v", name, len(test.nodes), err, test.want)
		}
		connections, others := plan.Connections()
		if err := affordable([]firewall.Load{{Format: format.NFT, Plan: connections}, {Format: format.Restore, Plan: others}}); err != nil {
			t.Errorf("%s: with the connections in a set of nft: %v", name, err)
		}
	}
}

func TestNothingIsCutInTheEnd(t *testing.T) {
	c := New(Options{})
	if where, _, err := c.Close(); where != "" || err != nil {
		t.Errorf("mended %q, error %v; want nothing", where, err)
	}
	if _, err := c.Cut(t.Context(), own(2), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestOneNodeCannotBeCut(t *testing.T) {
	c := New(Options{})
	if _, err := c.Cut(t.Context(), shared(1), nil); !errors.Is(err, ErrOne) {
		t.Errorf("got %v", err)
	}
}

// Asking about each new connection is for clusters that are not too large.
func TestTooManyNodesToAskAbout(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("skipped: only root gets so far")
	}
	nodes := shared(gate.MaxNodes + 1)
	c := New(Options{Hold: func(bool) { t.Error("a cut is begun") }})
	if _, err := c.Cut(t.Context(), nodes, nil); !errors.Is(err, ErrAsk) && !errors.Is(err, firewall.ErrMissing) {
		t.Errorf("got %v, want ErrAsk", err)
	}
}
