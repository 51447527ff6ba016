package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/tools/make_partition/firewall"
	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

func TestStatusBeginsWithWhatIsNeededFirst(t *testing.T) {
	about := rules.About{Since: noon(), Sides: []string{"127.0.0.1:3000-3001", "127.0.0.1:3002-3003"}}
	three := rules.About{Since: noon(), Sides: []string{"a:1", "b:1", "c:1"}}
	pairs := rules.About{Since: noon(), Pairs: []string{"a:1 | b:1", "a:1 | c:1"}}
	for _, tt := range []struct {
		name string
		cuts []firewall.Cut
		want string
	}{
		{"none", nil, "no cuts\n"},
		{"two sides", []firewall.Cut{{Where: "nft table inet ringmend", Rules: []string{"one", "two"}, About: about}},
			"127.0.0.1:3000-3001\n    is cut from\n127.0.0.1:3002-3003\nsince 2026-11-28 12:00:00 UTC, 1h2m3s ago\n" +
				"to mend it: make_partition --heal --apply\n\nnft table inet ringmend: 2 rules\n    one\n    two\n"},
		{"in two firewalls", []firewall.Cut{{Where: "a", About: about}, {Where: "b", About: about}},
			"127.0.0.1:3000-3001\n    is cut from\n127.0.0.1:3002-3003\nsince 2026-11-28 12:00:00 UTC, 1h2m3s ago\n" +
				"to mend it: make_partition --heal --apply\n\na: 0 rules\nb: 0 rules\n"},
		{"three sides", []firewall.Cut{{Where: "a", About: three}},
			"a:1\nb:1\nc:1\n    are cut from each other\nsince 2026-11-28 12:00:00 UTC, 1h2m3s ago\n" +
				"to mend it: make_partition --heal --apply\n\na: 0 rules\n"},
		{"pairs", []firewall.Cut{{Where: "a", About: pairs}},
			"a:1 is cut from b:1\na:1 is cut from c:1\nsince 2026-11-28 12:00:00 UTC, 1h2m3s ago\n" +
				"to mend it: make_partition --heal --apply\n\na: 0 rules\n"},
		{"of an older program", []firewall.Cut{{Where: "a", Rules: []string{strings.Repeat("x", 1000)}}},
			"a does not say who is cut from whom: see the rules\nsince: not known\n" +
				"to mend it: make_partition --heal --apply\n\na: 1 rules\n    " + strings.Repeat("x", 150) + " ... " + strings.Repeat("x", 150) + "\n"},
	} {
		if diff := cmp.Diff(tt.want, statusText(tt.cuts, noon().Add(time.Hour+2*time.Minute+3*time.Second))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
