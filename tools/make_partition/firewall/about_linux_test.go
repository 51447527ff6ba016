package firewall

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/internal/netns/nstest"
	"github.com/ringmend/ringmend/tools/make_partition/format"
	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

// A cut of any size says which nodes it separates, and since when.
func TestACutSaysWhatItIs(t *testing.T) {
	if !nstest.Enter(t, programs...) {
		return
	}
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	var many [2]string
	for i := range 100 {
		many[i%2] += fmt.Sprintf(",127.0.1.%d:%d", i+1, 3000+i)
	}
	for _, parts := range [][]string{
		{"127.0.0.11:3000,127.0.0.12:3000", "127.0.0.13:3000", "[fd00::11]:3000-3001"},
		{many[0][1:], many[1][1:]},
	} {
		p, err := rules.Make(split(t, parts...), nil, rules.Options{Since: noon})
		if err != nil {
			t.Fatal(err)
		}
		for _, way := range ways {
			f := New(Options{Backend: way.backend})
			if err := f.Cut(t.Context(), way.format, p); err != nil {
				t.Fatal(err)
			}
			cuts, err := New(Options{}).Status(t.Context())
			if err != nil || len(cuts) == 0 {
				t.Fatalf("%s: Status = %v, %v", way.name, cuts, err)
			}
			for _, c := range cuts {
				if diff := cmp.Diff(rules.About{Since: noon, Sides: parts}, c.About); diff != "" {
					t.Errorf("%s: %s says (-want +got):\n%s", way.name, c.Where, diff)
				}
			}
			if way.format == format.NFT && len(cuts[0].Rules) != len(p.Rules) {
				t.Errorf("%d rules are found, want %d: %q", len(cuts[0].Rules), len(p.Rules), cuts[0].Rules)
			}
			for _, rule := range cuts[0].Rules {
				if !strings.Contains(rule, "ringmend: ") || strings.Contains(rule, "side ") {
					t.Errorf("%s: not a whole rule: %q", way.name, rule)
				}
			}
			if _, err := f.MendAll(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Connections that are too many for iptables go into a set of nft, also when new ones
// are asked about, which only iptables can.
func TestManyConnectionsAreInASet(t *testing.T) {
	if !nstest.Enter(t, programs...) {
		return
	}
	nstest.LoadUserRules(t)
	before := nstest.Firewalls(t)
	listenAll(t, families[0].nodes[:2])
	from, to := families[0].nodes[0], families[0].nodes[1]
	across := connect(t, from, to)

	p := &rules.Plan{Rules: []rules.Rule{{RST: true, Verdict: rules.Pass, Comment: "ringmend: resets pass"}}}
	add := func(a, b netip.AddrPort) {
		p.Rules = append(p.Rules, rules.Rule{From: []netip.AddrPort{a}, To: []netip.AddrPort{b}, Comment: "ringmend: x"})
	}
	for i := range rules.Heavy {
		add(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, 1}), uint16(10000+i)), mustAddr("10.0.0.1:3000"))
	}
	local := netip.MustParseAddrPort(across.LocalAddr().String())
	add(local, mustAddr(to))
	add(local, mustAddr(to)) // a set takes nothing twice
	p.Rules = append(p.Rules, rules.Rule{SYN: true, Verdict: rules.Ask, To: []netip.AddrPort{mustAddr("10.0.0.1:3000")}, Comment: "ringmend: x"})

	f := New(Options{})
	loads, err := f.Loads(p)
	if err != nil || len(loads) != 2 || loads[0].Format != format.NFT || loads[1].Format != format.Restore || !loads[1].Plan.Asks() {
		t.Fatalf("Loads = %v, %v", loads, err)
	}
	if err := f.CutAll(t.Context(), loads); err != nil {
		t.Fatal(err)
	}
	expect(t, "a connection in the set", nstest.Use(across), nstest.Refused)
	expect(t, "another one", nstest.Try(host(from), to), nstest.OK)
	cuts, err := f.Status(t.Context())
	if err != nil || len(cuts) != 2 || len(cuts[0].Rules) != 2 {
		t.Errorf("Status = %d cuts, %v; want two, the first one with two rules", len(cuts), err)
	}
	if _, err := f.MendAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, nstest.Firewalls(t)); diff != "" {
		t.Errorf("after mending (-before +after):\n%s", diff)
	}

	// When the second part cannot be loaded nothing of the first one stays.
	loads[1].Plan.Rules[len(loads[1].Plan.Rules)-1].User = "no-such-user"
	if err := f.CutAll(t.Context(), loads); err == nil {
		t.Error("a bad rule is loaded")
	} else if _, ok := errors.AsType[*CommandError](err); !ok {
		t.Errorf("CutAll = %v", err)
	}
	if diff := cmp.Diff(before, nstest.Firewalls(t)); diff != "" {
		t.Errorf("after half a cut (-before +after):\n%s", diff)
	}
}
