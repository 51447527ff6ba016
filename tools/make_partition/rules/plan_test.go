package rules

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// packet is what a firewall sees.
type packet struct {
	from, to netip.AddrPort
	syn      bool
}

// refuses is a firewall: the first rule that matches decides.
func refuses(plan *Plan, p packet) bool {
	among := func(ends []netip.AddrPort, at netip.AddrPort) bool {
		return len(ends) == 0 || slices.ContainsFunc(ends, func(e netip.AddrPort) bool {
			return (!e.Addr().IsValid() || e.Addr() == at.Addr()) && (e.Port() == 0 || e.Port() == at.Port())
		})
	}
	for _, r := range plan.Rules {
		if r.RST || r.SYN && !p.syn || !among(r.From, p.from) || !among(r.To, p.to) {
			continue
		}
		return r.Verdict == Refuse
	}
	return false
}

// world is a cluster on a few hosts, with connections between all nodes.
type world struct {
	split *partition.Split
	table sockets.Table
	dials []sockets.Socket // the dialling end of each connection, by [from*n+to]
}

// drawWorld makes nodes that share hosts or do not, dial from their own address
// or do not, and are on sides or are bridges.
func drawWorld(t *rapid.T) world {
	n := rapid.IntRange(2, 8).Draw(t, "nodes")
	hosts := rapid.IntRange(1, n).Draw(t, "hosts")
	var w world
	sides := make([][]string, 3)
	dialsFrom := make([]netip.Addr, n)
	addrs := make([]netip.AddrPort, n)
	for i := range n {
		host := netip.AddrFrom4([4]byte{127, 0, 1, byte(1 + rapid.IntRange(0, hosts-1).Draw(t, "host"))})
		addrs[i] = netip.AddrPortFrom(host, uint16(3000+i))
		dialsFrom[i] = host
		if rapid.IntRange(0, 9).Draw(t, "dials from elsewhere") == 0 {
			dialsFrom[i] = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		}
		side := rapid.IntRange(0, 2).Draw(t, "side")
		sides[side] = append(sides[side], addrs[i].String())
		w.table = append(w.table, sockets.Socket{State: sockets.Listen, Local: addrs[i], PIDs: []int{i + 1}})
	}
	port := uint16(40000)
	for from := range n {
		for to := range n {
			local := netip.AddrPortFrom(dialsFrom[from], port)
			port++
			dial := sockets.Socket{State: sockets.Established, Local: local, Remote: addrs[to], PIDs: []int{from + 1}}
			w.dials = append(w.dials, dial)
			w.table = append(w.table, dial, sockets.Socket{State: sockets.Established, Local: addrs[to], Remote: local, PIDs: []int{to + 1}})
		}
	}
	w.split = drawSplit(t, sides, w.table)
	return w
}

// drawSplit makes the third side a bridge.
func drawSplit(t *rapid.T, sides [][]string, table sockets.Table) *partition.Split {
	var spec partition.Spec
	for i, side := range sides {
		var part partition.Part
		for _, text := range side {
			p, err := partition.ParsePart(text)
			if err != nil {
				t.Fatal(err)
			}
			part = append(part, p...)
		}
		if i == 2 {
			spec.Bridge = part
		} else {
			spec.Parts = append(spec.Parts, part)
		}
	}
	split, err := spec.Resolve(partition.Listening{Sockets: table})
	if err != nil {
		t.Fatal(err)
	}
	return split
}

// pid tells nodes of a split from those of a world, which are in another order.
func pid(w world, node int) int { return w.split.Nodes[node].PIDs[0] }

// TestAPlanRefusesWhatIsCutAndNothingElse looks at every connection of a cluster,
// and at every one that could be opened.
func TestAPlanRefusesWhatIsCutAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		plan, err := Make(w.split, w.table, Options{})
		if err != nil {
			t.Fatal(err)
		}
		n := len(w.split.Nodes)
		for a := range n {
			for b := range n {
				s := w.dials[(pid(w, a)-1)*n+pid(w, b)-1]
				cut := w.split.IsCut(a, b)
				what := fmt.Sprintf("%s (dials from %s) to %s", &w.split.Nodes[a], s.Local.Addr(), &w.split.Nodes[b])
				if got := refuses(plan, packet{from: s.Local, to: s.Remote}); got != cut {
					t.Errorf("%s is refused: %v, want %v", what, got, cut)
				}
				if got := refuses(plan, packet{from: s.Remote, to: s.Local}); got != cut {
					t.Errorf("the answer to %s is refused: %v, want %v", what, got, cut)
				}
				fresh := packet{from: netip.AddrPortFrom(s.Local.Addr(), 60000), to: s.Remote, syn: true}
				if got := refuses(plan, fresh); cut && !got || !cut && got && !refusesAllNew(plan, s.Remote) {
					t.Errorf("%s anew is refused: %v, and is cut: %v", what, got, cut)
				}
			}
		}
	})
}

// refusesAllNew reports whether a node is one of those that share an address, for
// which new connections cannot be told apart.
func refusesAllNew(plan *Plan, node netip.AddrPort) bool {
	return refuses(plan, packet{from: netip.MustParseAddrPort("10.9.9.9:1"), to: node, syn: true})
}

func TestNodesWithAnAddressEachNeedNoPorts(t *testing.T) {
	table := sockets.Table{
		{State: sockets.Listen, Local: netip.MustParseAddrPort("127.0.0.11:3000"), PIDs: []int{1}},
		{State: sockets.Listen, Local: netip.MustParseAddrPort("127.0.0.12:3000"), PIDs: []int{2}},
	}
	a, _ := partition.ParsePart("127.0.0.11:3000")
	b, _ := partition.ParsePart("127.0.0.12:3000")
	split, err := partition.Spec{Parts: []partition.Part{a, b}}.Resolve(partition.Listening{Sockets: table})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := Make(split, table, Options{})
	if err != nil || len(plan.Notes) > 0 {
		t.Fatalf("Make = %v, %v", plan, err)
	}
	admin := packet{from: netip.MustParseAddrPort("127.0.0.1:5"), to: split.Nodes[0].Address, syn: true}
	if refuses(plan, admin) {
		t.Error("an admin is refused")
	}
	other := packet{from: netip.MustParseAddrPort("127.0.0.11:5"), to: netip.MustParseAddrPort("127.0.0.12:22"), syn: true}
	if refuses(plan, other) {
		t.Error("something else between the two addresses is refused")
	}
}

// static is a split of nodes with an address each: parts parts of nodes nodes.
func static(t *testing.T, parts, nodes int) *partition.Split {
	t.Helper()
	var spec partition.Spec
	for i := range parts {
		var part partition.Part
		for j := range nodes {
			p, err := partition.ParsePart(fmt.Sprintf("10.%d.%d.%d:%d", i, j/250, j%250+1, 3000+j%2))
			if err != nil {
				t.Fatal(err)
			}
			part = append(part, p...)
		}
		spec.Parts = append(spec.Parts, part)
	}
	split, err := spec.Resolve(partition.Static{})
	if err != nil {
		t.Fatal(err)
	}
	return split
}

func TestRulesGrowWithThePartsAndNotWithTheirNodes(t *testing.T) {
	for _, tt := range []struct{ parts, nodes, rules int }{{2, 1, 5}, {2, 50, 5}, {2, 300, 5}, {3, 33, 7}, {10, 10, 21}} {
		plan, err := Make(static(t, tt.parts, tt.nodes), nil, Options{})
		if err != nil || len(plan.Rules) != tt.rules {
			t.Errorf("%d parts of %d nodes: %d rules, error %v; want %d", tt.parts, tt.nodes, len(plan.Rules), err, tt.rules)
		}
	}
}

func TestAPlanHasALimit(t *testing.T) {
	if _, err := Make(static(t, 250, 1), nil, Options{}); !errors.Is(err, ErrTooMany) {
		t.Errorf("250 nodes, all alone: %v, want ErrTooMany", err)
	}
}
