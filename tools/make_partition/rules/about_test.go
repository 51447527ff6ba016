package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/tools/make_partition/partition"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func staticSplit(t *testing.T, spec partition.Spec, parts ...string) *partition.Split {
	t.Helper()
	for _, text := range parts {
		part, err := partition.ParsePart(text)
		if err != nil {
			t.Fatal(err)
		}
		spec.Parts = append(spec.Parts, part)
	}
	split, err := spec.Resolve(partition.Static{})
	if err != nil {
		t.Fatal(err)
	}
	return split
}

func many(format string, from, to int) string {
	var list []string
	for i := from; i <= to; i++ {
		list = append(list, fmt.Sprintf(format, i))
	}
	return strings.Join(list, ",")
}

func TestWhoIsCutFromWhom(t *testing.T) {
	for _, tt := range []struct {
		name  string
		parts []string
		want  []string
	}{
		{"two nodes", []string{"3000", "3001"}, []string{"127.0.0.1:3000", "127.0.0.1:3001"}},
		{"ports that follow each other", []string{"3000-3099", "3100,3102,3103"}, []string{"127.0.0.1:3000-3099", "127.0.0.1:3100,127.0.0.1:3102-3103"}},
		{"addresses that do", []string{many("127.0.0.%d:3000", 11, 60), "127.0.0.61:3000,127.0.0.62:3000"},
			[]string{"127.0.0.11-127.0.0.60:3000", "127.0.0.61:3000,127.0.0.62:3000"}},
		{"IPv6", []string{"[fd00::11]:3000,[fd00::12]:3000,[fd00::13]:3000", "[fd00::20]:3000-3001"},
			[]string{"[fd00::11]-[fd00::13]:3000", "[fd00::20]:3000-3001"}},
		{"hosts", []string{"10.0.0.1", "10.0.0.2", "10.0.0.3"}, []string{"10.0.0.1", "10.0.0.2", "10.0.0.3"}},
	} {
		got := aboutSplit(staticSplit(t, partition.Spec{}, tt.parts...), noon)
		if diff := cmp.Diff(About{Since: noon, Sides: tt.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	pair, err := partition.ParsePair("3000-3001")
	if err != nil {
		t.Fatal(err)
	}
	got := aboutSplit(staticSplit(t, partition.Spec{Pairs: [][2]partition.Item{pair}}), noon)
	if diff := cmp.Diff(About{Since: noon, Pairs: []string{"127.0.0.1:3000 | 127.0.0.1:3001"}}, got); diff != "" {
		t.Errorf("a pair (-want +got):\n%s", diff)
	}
}

func TestWhatACutSaysOfItselfHasALimit(t *testing.T) {
	odd := make([]string, 2)
	for i := range 1000 {
		odd[i%2] += fmt.Sprintf(",%d", 3000+2*i)
	}
	about := aboutSplit(staticSplit(t, partition.Spec{}, odd[0][1:], odd[1][1:]), noon)
	for _, side := range about.Sides {
		if len(side) > maxAbout || !strings.HasSuffix(side, " more") {
			t.Errorf("%d bytes that end with %q", len(side), side[len(side)-30:])
		}
	}
}

// What is written can be read again, and fits where it must.
func TestCommentsAreReadAsTheyWereWritten(t *testing.T) {
	word := rapid.StringMatching(`[a-z0-9.:\[\],-]{1,300}`)
	rapid.Check(t, func(t *rapid.T) {
		want := About{Since: time.Unix(rapid.Int64Range(1, 1<<32).Draw(t, "since"), 0).UTC()}
		if rapid.Bool().Draw(t, "pairs") {
			want.Pairs = rapid.SliceOfN(rapid.StringMatching(`[a-z0-9.:]{1,40} \| [a-z0-9.:]{1,40}`), 1, 5).Draw(t, "pair")
		} else {
			want.Sides = rapid.SliceOfN(word, 2, 12).Draw(t, "side")
		}
		comments := want.Comments()
		for _, c := range comments {
			if len(c) > maxComment || strings.ContainsAny(c, "\"\n\\") {
				t.Fatalf("a comment that firewalls do not take: %q", c)
			}
		}
		if diff := cmp.Diff(want, ReadAbout(append([]string{"mine", tag + "resets pass"}, comments...))); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}
