package firewall

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/internal/netns/nstest"
	"github.com/ringmend/ringmend/tools/make_partition/format"
	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

// TestMendingLeavesTheUsersRulesAsTheyWere compares byte for byte.
func TestMendingLeavesTheUsersRulesAsTheyWere(t *testing.T) {
	if !nstest.Enter(t, programs...) {
		return
	}
	nstest.LoadUserRules(t)
	before := nstest.Firewalls(t)
	for _, want := range []string{"RINGMENDER", "chain LOGDROP", ":INPUT DROP ", "table inet mine"} {
		if !strings.Contains(before, want) {
			t.Fatalf("the user's rules are not loaded: no %q in\n%s", want, before)
		}
	}
	both := plan(t, "127.0.0.11:3000,[fd00::11]:3000", "127.0.0.12:3000,[fd00::12]:3000", "127.0.0.13:3000")
	oneAddress := plan(t, "3000", "3001")
	port := []netip.AddrPort{netip.AddrPortFrom(netip.Addr{}, 3000)}
	user := &rules.Plan{Hook: rules.Output, Rules: []rules.Rule{{User: "0", To: port, Comment: "ringmend: x"}}}
	asking := &rules.Plan{Rules: []rules.Rule{{SYN: true, To: port, Verdict: rules.Ask, Comment: "ringmend: x"}}}
	for _, way := range ways {
		for name, p := range map[string]*rules.Plan{"by address": both, "by chains": many(t), "by port": oneAddress, "by user": user, "by asking": asking} {
			if p.Asks() && way.format == format.NFT {
				continue // which has no words for it
			}
			t.Run(way.name+" "+name, func(t *testing.T) {
				f := New(Options{Backend: way.backend})
				if err := f.Cut(t.Context(), way.format, p); err != nil {
					t.Fatal(err)
				}
				during := nstest.Firewalls(t)
				missing := strings.Split(before, "\n")
				for line := range strings.SplitSeq(during, "\n") {
					if len(missing) > 0 && line == missing[0] {
						missing = missing[1:]
					}
				}
				if len(missing) > 0 || during == before {
					t.Errorf("the user's rules are not untouched during the cut:\n%s", cmp.Diff(before, during))
				}
				if err := f.Check(t.Context()); !errors.Is(err, ErrCut) {
					t.Errorf("a second cut: %v, want ErrCut", err)
				}
				if _, err := New(Options{}).MendAll(t.Context()); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(before, nstest.Firewalls(t)); diff != "" {
					t.Errorf("after mending (-before +after):\n%s", diff)
				}
			})
		}
	}
}

// TestPrintedRulesAreUndoneByPrintedInverse goes the way of a user who pipes the
// text into the firewall's own programs.
func TestPrintedRulesAreUndoneByPrintedInverse(t *testing.T) {
	if !nstest.Enter(t, programs...) {
		return
	}
	nstest.LoadUserRules(t)
	before := nstest.Firewalls(t)
	plans := map[string]*rules.Plan{"two nodes": plan(t, "127.0.0.11:3000,[fd00::11]:3000", "127.0.0.12:3000,[fd00::12]:3000"), "many": many(t)}
	for _, tt := range []struct {
		format  string
		loaders [][]string
	}{
		{format.NFT, [][]string{{"nft", "-f", "-"}}},
		{format.IPTables, [][]string{{"sh"}}},
		{format.Restore, [][]string{{"iptables-legacy-restore", "--noflush"}, {"ip6tables-legacy-restore", "--noflush"}}},
		{format.Restore, [][]string{{"iptables-nft-restore", "--noflush"}, {"ip6tables-nft-restore", "--noflush"}}},
	} {
		for name, p := range plans {
			t.Run(tt.format+" "+tt.loaders[0][0]+" "+name, func(t *testing.T) {
				cut, err := format.Cut(tt.format, p)
				heal, healErr := format.Heal(tt.format, p.Hook)
				if err := errors.Join(err, healErr); err != nil {
					t.Fatal(err)
				}
				for _, loader := range tt.loaders {
					nstest.Feed(t, cut, loader[0], loader[1:]...)
				}
				if during := nstest.Firewalls(t); during == before {
					t.Error("the cut changes nothing")
				}
				for _, loader := range tt.loaders {
					nstest.Feed(t, heal, loader[0], loader[1:]...)
				}
				if diff := cmp.Diff(before, nstest.Firewalls(t)); diff != "" {
					t.Errorf("after mending (-before +after):\n%s", diff)
				}
			})
		}
	}
}

func TestMendingAnEmptyFirewallLeavesItEmpty(t *testing.T) {
	if !nstest.Enter(t, "nft") {
		return
	}
	f := New(Options{})
	if err := f.Cut(t.Context(), format.NFT, plan(t, "127.0.0.11:3000", "127.0.0.12:3000")); err != nil {
		t.Fatal(err)
	}
	if cuts, err := f.MendAll(t.Context()); err != nil || len(cuts) != 1 || len(cuts[0].Rules) != 5 {
		t.Errorf("MendAll = %v, %v, want one cut with 5 rules", cuts, err)
	}
	if left := nstest.Run(t, "nft", "list", "ruleset"); left != "" {
		t.Errorf("left behind:\n%s", left)
	}
	if cuts, err := f.MendAll(t.Context()); err != nil || len(cuts) != 0 {
		t.Errorf("MendAll of nothing = %v, %v", cuts, err)
	}
}

// TestABadRuleCutsNothing loads a plan of which the second half is refused.
func TestABadRuleCutsNothing(t *testing.T) {
	if !nstest.Enter(t, programs...) {
		return
	}
	p := plan(t, "127.0.0.11:3000,[fd00::11]:3000", "127.0.0.12:3000,[fd00::12]:3000")
	p.Rules = append(p.Rules, rules.Rule{From: []netip.AddrPort{mustAddr("[fd00::1]:1")}, User: "no-such-user", Comment: "ringmend: x"})
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			f := New(Options{Backend: way.backend})
			err := f.Cut(t.Context(), way.format, p)
			failed, ok := errors.AsType[*CommandError](err)
			if !ok || failed.Stderr == "" || strings.Contains(failed.Error(), "\n") {
				t.Errorf("Cut = %v, want a CommandError of one line", err)
			}
			if cuts, err := f.Status(t.Context()); err != nil || len(cuts) > 0 {
				t.Errorf("Status = %v, %v, want no cuts", cuts, err)
			}
		})
	}
}

// TestWhatACutLeavesWhereNoFilterTableWas: iptables on top of nftables makes the
// table for the first rule in it, and has no way to tell later that it did. What
// stays is a chain of the name INPUT that accepts everything.
func TestWhatACutLeavesWhereNoFilterTableWas(t *testing.T) {
	const chain = "table ip filter {\n\tchain INPUT {\n\t\ttype filter hook input priority filter; policy accept;\n\t}\n}\n"
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			if !nstest.Enter(t, programs...) {
				return
			}
			f := New(Options{Backend: way.backend})
			if err := f.Cut(t.Context(), way.format, plan(t, "127.0.0.11:3000", "127.0.0.12:3000")); err != nil {
				t.Fatal(err)
			}
			if _, err := f.MendAll(t.Context()); err != nil {
				t.Fatal(err)
			}
			left := nstest.Run(t, "nft", "list", "ruleset")
			if way.backend != NFTables {
				if left != "" {
					t.Errorf("left behind:\n%s", left)
				}
				return
			}
			if diff := cmp.Diff(chain, left); diff != "" {
				t.Errorf("left behind (-want +got):\n%s", diff)
			}
			// As documented, this removes it if it is unused.
			nstest.Run(t, "iptables-nft", "-X", "INPUT")
			if left := nstest.Run(t, "nft", "list", "ruleset"); left != "table ip filter {\n}\n" {
				t.Errorf("left behind after iptables -X INPUT:\n%s", left)
			}
		})
	}
}
