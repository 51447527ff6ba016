package partition

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParsePart(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Part
	}{
		{"3000", Part{{From: 3000, To: 3000}}},
		{"3000,3002-3004, 9", Part{{From: 3000, To: 3000}, {From: 3002, To: 3004}, {From: 9, To: 9}}},
		{"127.0.0.11:3000", Part{{Host: "127.0.0.11", From: 3000, To: 3000}}},
		{"[::1]:3000-3009", Part{{Host: "::1", From: 3000, To: 3009}}},
		{"[fd00:0::1]", Part{{Host: "fd00::1"}}},
		{"web-1:3000,web-2", Part{{Host: "web-1", From: 3000, To: 3000}, {Host: "web-2"}}},
		{"*,3000", Part{{Rest: true}, {From: 3000, To: 3000}}},
		{"10.0.0.1", Part{{Host: "10.0.0.1"}}},
	} {
		got, err := ParsePart(tt.text)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("ParsePart(%q): %v\n%s", tt.text, err, diff)
		}
	}
	for _, bad := range []string{
		"", ",", "3000,", "-", "a:b", ":3000", "0", "65536", "+1", "1-", "-1", "2-1", "1-2-3", "[::1", "::1", "[1.2.3.4]:1",
		"[fe80::1%eth0]:1", "1.2.3:4", "1.2.3.4.5:6", "a b:1", "$(x):1", "a;b", "-x", "**", "a/24", strings.Repeat("x", 300),
	} {
		if got, err := ParsePart(bad); !errors.Is(err, ErrUsage) {
			t.Errorf("ParsePart(%q) = %v, %v, want ErrUsage", bad, got, err)
		}
	}
}

func TestParsePairTriesEveryHyphen(t *testing.T) {
	one := func(host string, port uint16) Item { return Item{Host: host, From: port, To: port} }
	for _, tt := range []struct {
		text string
		want [2]Item
	}{
		{"3000-3001", [2]Item{one("", 3000), one("", 3001)}},
		{"web-1:3000-web-2:3001", [2]Item{one("web-1", 3000), one("web-2", 3001)}},
		{"[::1]:1-[::2]:2", [2]Item{one("::1", 1), one("::2", 2)}},
	} {
		if got, err := ParsePair(tt.text); err != nil || got != tt.want {
			t.Errorf("ParsePair(%q) = %v, %v, want %v", tt.text, got, err, tt.want)
		}
	}
	for _, bad := range []string{"", "3000", "3000-*", "3000-3001-3002", "a-b", "1--2"} {
		if got, err := ParsePair(bad); !errors.Is(err, ErrUsage) {
			t.Errorf("ParsePair(%q) = %v, %v, want ErrUsage", bad, got, err)
		}
	}
}

// Whatever is accepted is read back from how it prints, and means nothing to a
// shell.
func FuzzParsePart(f *testing.F) {
	for _, seed := range []string{"3000", "3000-3009,*", "[::1]:3000", "web-1.a_b:80-90", "10.0.0.1", "$(x)", "a;b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		part, err := ParsePart(text)
		if err != nil {
			return
		}
		again, err := ParsePart(part.String())
		if diff := cmp.Diff(part, again); err != nil || diff != "" {
			t.Errorf("%q prints as %q: %v\n%s", text, part, err, diff)
		}
		for _, item := range part {
			if strings.ContainsAny(item.Host, " \t\n'\"`$;&|<>()*?\\!#~") || strings.HasPrefix(item.Host, "-") {
				t.Errorf("%q has the host %q", text, item.Host)
			}
		}
	})
}

// Two nodes are cut if and only if they are on different sides and neither is a
// bridge.
func TestWhoIsCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sides := rapid.SliceOfN(rapid.IntRange(-1, 3), 2, 20).Draw(t, "side of each node")
		spec := Spec{Parts: make([]Part, 4)}
		for i, side := range sides {
			port := uint16(3000 + i)
			item := Item{From: port, To: port}
			if side < 0 {
				spec.Bridge = append(spec.Bridge, item)
			} else {
				spec.Parts[side] = append(spec.Parts[side], item)
			}
		}
		split, err := spec.Resolve(Static{})
		if err != nil {
			t.Fatal(err)
		}
		side := func(i int) int { return sides[split.Nodes[i].Address.Port()-3000] }
		for a := range split.Nodes {
			for b := range split.Nodes {
				want := a != b && side(a) != side(b) && side(a) >= 0 && side(b) >= 0
				if got := split.IsCut(a, b); got != want {
					t.Errorf("IsCut(%s, %s) = %v, want %v", &split.Nodes[a], &split.Nodes[b], got, want)
				}
			}
		}
	})
}

func TestNamesAreResolvedOnce(t *testing.T) {
	asked := 0
	u := Static{Lookup: func(name string) (netip.Addr, error) {
		asked++
		if name == "unknown" {
			return netip.Addr{}, errors.ErrUnsupported
		}
		return netip.MustParseAddr("::ffff:10.0.0.7"), nil
	}}
	nodes, err := u.Find(Item{Host: "web-1", From: 3000, To: 3001})
	if err != nil || asked != 1 || len(nodes) != 2 || nodes[1].String() != "web-1:3001" || nodes[0].Address.String() != "10.0.0.7:3000" {
		t.Errorf("Find = %v, %v after %d lookups", nodes, err, asked)
	}
	if _, err := u.Find(Item{Host: "unknown", From: 1, To: 1}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Find of an unknown name: %v", err)
	}
}

func TestACutHasALimit(t *testing.T) {
	wide := Part{{From: 1, To: 60000}}
	spec := Spec{Parts: []Part{wide, {{From: 60001, To: 60001}}}}
	if _, err := spec.Resolve(Static{}); !errors.Is(err, ErrUsage) {
		t.Errorf("60,000 nodes: %v, want ErrUsage", err)
	}
}
