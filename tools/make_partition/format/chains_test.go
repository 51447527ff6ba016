package format

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

// between is a plan with count rules, each from some nodes to as many others.
func between(count, nodes int) *rules.Plan {
	var from, to []netip.AddrPort
	for i := range nodes {
		from = append(from, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 0))
		to = append(to, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 1, byte(i)}), 3000))
	}
	plan := new(rules.Plan)
	for range count {
		plan.Rules = append(plan.Rules, rules.Rule{From: from, To: to, Comment: "ringmend: x"})
	}
	return plan
}

func TestLinesOfIptablesGrowWithTheNodes(t *testing.T) {
	for _, tt := range []struct{ rules, nodes, chains, lines int }{
		{4, 1, 1, 4},
		{4, 2, 1, 16}, // one for each pair
		{4, 3, 5, 24}, // one for each node that sends or receives
		{4, 50, 5, 400},
		{MaxSides + 1, 50, MaxSides + 1, MaxSides*100 + 50*50}, // no chain is left for the last rule
	} {
		chains, lines, err := layOut(between(tt.rules, tt.nodes))
		if err != nil || len(chains) != tt.chains || len(lines) != tt.lines {
			t.Errorf("%d rules for %d nodes a side: %d chains, %d lines, error %v; want %d and %d",
				tt.rules, tt.nodes, len(chains), len(lines), err, tt.chains, tt.lines)
		}
	}
}

func TestIptablesHasALimitWhereNftHasNone(t *testing.T) {
	plan := between(MaxSides+1, 250)
	for _, name := range []string{Restore, IPTables} {
		if _, err := Cut(name, plan); !errors.Is(err, rules.ErrTooMany) {
			t.Errorf("%s: error %v, want ErrTooMany", name, err)
		}
	}
	if text, err := Cut(NFT, plan); err != nil || strings.Count(text, "reject") != len(plan.Rules) {
		t.Errorf("nft: %v", err)
	}
}

func TestIsChain(t *testing.T) {
	for name, want := range map[string]bool{
		Chain: true, sideChain(0): true, sideChain(MaxSides - 1): true,
		sideChain(MaxSides): false, Chain + "-": false, Chain + "-0": false, Chain + "ER": false, Chain + "-x": false, "INPUT": false, "": false,
	} {
		if IsChain(name) != want {
			t.Errorf("IsChain(%q) = %v", name, !want)
		}
	}
}
