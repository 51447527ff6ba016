package admin

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/wire"
)

// clusterOf returns a cluster of nodes a:1, b:1, …, given what each of them holds
// the first, the second, … to be: a letter for each status and - for a stranger.
// Nodes with equal rows agree. A node with an empty row did not answer.
func clusterOf(rows ...string) *Cluster {
	c := &Cluster{}
	for i, row := range rows {
		n := Node{Address: letter(i)}
		if row == "" {
			n.Err = errors.New("no answer")
			c.Nodes = append(c.Nodes, n)
			continue
		}
		sum := fnv.New32()
		fmt.Fprint(sum, row)
		n.Stats = &wire.Stats{}
		n.Stats.Membership.Checksum = sum.Sum32()
		for j, s := range row {
			if s != '-' {
				n.Stats.Membership.Members = append(n.Stats.Membership.Members, wire.Member{
					Address: letter(j), Status: wire.Status(strings.IndexRune("asflt", s)),
				})
			}
		}
		c.Nodes = append(c.Nodes, n)
	}
	return c
}

func letter(i int) wire.Address { return wire.Address(fmt.Sprintf("%c:1", 'a'+i)) }

// names writes addresses of clusterOf as letters.
func names(addresses []wire.Address) string {
	var text strings.Builder
	for _, a := range addresses {
		text.WriteString(strings.TrimSuffix(string(a), ":1"))
	}
	return text.String()
}

// inWords writes sides as letters: the nodes of each, with the number of views if
// there are several, and > for a side that is one way.
func inWords(sides []Side) string {
	var all []string
	for _, s := range sides {
		text := names(s.Nodes)
		if len(s.Views) > 1 {
			text += fmt.Sprintf("(%d)", len(s.Views))
		}
		if s.OneWay {
			text += ">"
		}
		all = append(all, text)
	}
	return strings.Join(all, " | ")
}

func TestSidesAreWhoGossipsWithWhom(t *testing.T) {
	tests := []struct {
		name string
		rows []string
		want string
	}{
		{"no node answers", []string{"", ""}, ""},
		{"one node", []string{"a"}, "a"},
		{"all agree", []string{"aaa", "aaa", "aaa"}, "abc"},
		{"a death spreads", []string{"aaaa", "aaas", "aaaf", ""}, "abc(3)"},
		{"everybody has a view of its own", []string{"asa", "aas", "saa"}, "abc(3)"},
		{"a newcomer is known to one", []string{"aaaa", "aaa-", "aaa-", "aaaa"}, "abcd(2)"},
		{"a newcomer is known to none yet", []string{"aaa-", "aaa-", "aaa-", "aaaa"}, "abc> | d>"},
		{"two sides hold each other down", []string{"aaff", "aaff", "ffaa", "ffaa"}, "ab | cd"},
		{"three sides", []string{"affff", "faaff", "faaff", "fffaa", "fffaa"}, "bc | de | a"},
		{"the sides do not agree in themselves", []string{"aaaff", "aasff", "aaaff", "fffaa", "fffsa"}, "abc(2) | de(2)"},
		{"two sides have forgotten each other", []string{"aa--", "aa--", "--aa", "--aa"}, "ab | cd"},
		{"one side has forgotten the other", []string{"aaff", "aaff", "--aa", "--aa"}, "ab | cd"},
		{"a seed restarted and knows no other", []string{"a----", "aaaaa", "aaaaa", "aaaaa", "aaaaa"}, "bcde> | a>"},
		{"a seed restarted and is suspected", []string{"a--", "saa", "saa"}, "bc> | a>"},
		{"a seed restarted after it was given up", []string{"a--", "faa", "faa"}, "bc | a"},
		{"one that is held down pings on, and so will refute", []string{"aaf", "aaf", "aaa"}, "abc(2)"},
		{"all hold one down that does not know it", []string{"aaf", "aaf", "faa"}, "abc(2)"},
		{"one is suspected by all", []string{"aas", "aas", "aaa"}, "abc(2)"},
		{"two that hold each other down have a bridge", []string{"aaf", "aaa", "faa"}, "abc(3)"},
		{"the bridge is of one side only", []string{"aaff", "aaaf", "faaa", "ffaa"}, "abcd(4)"},
		{"the bridge does not answer", []string{"aaf", "", "faa"}, "a | c"},
		{"a bridge that left connects no sides", []string{"aaf", "ala", "faa"}, "a | c"},
		{"a node left", []string{"aal", "aal", "aal"}, "ab"},
		{"a node left and has an old list", []string{"aal-", "aal-", "aala"}, "ab"},
		{"all left", []string{"ll", "ll"}, ""},
		{"a node is no member of anything yet", []string{"aa-", "aa-", "---"}, "ab"},
		{"a node that others list lists no member", []string{"aaa", "aaa", "---"}, "ab"},
		{"a node that does not answer is on no side", []string{"aaa", "aaa", ""}, "ab"},
		{"one side is faulty for the other, which forgot it, but a third knows both",
			[]string{"aaf", "aaa", "-aa"}, "abc(3)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			partitions := clusterOf(test.rows...).Partitions()
			if diff := cmp.Diff(test.want, inWords(SidesOf(partitions))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestViewsOfASideAreSortedByNodes(t *testing.T) {
	partitions := clusterOf("aaaaa", "aaaas", "aaaas", "aaaas", "").Partitions()
	side := SidesOf(partitions)[0]
	var got []string
	for _, view := range side.Views {
		got = append(got, names(view.Nodes))
	}
	if diff := cmp.Diff([]string{"bcd", "a"}, got); diff != "" {
		t.Error(diff)
	}
}

// The sides match the plain definition, node by node: the transitive closure of
// "gossips with".
func TestSidesAreThoseOfTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 7).Draw(t, "size")
		rows := make([]string, size)
		for i := range rows {
			if rapid.IntRange(0, 5).Draw(t, "down") > 0 {
				rows[i] = rapid.StringOfN(rapid.SampledFrom([]rune("aasfflt---")), size, size, -1).Draw(t, "row")
			}
		}
		status := func(i, j int) byte { return rows[i][j] }
		up := func(i, j int) bool { return strings.IndexByte("as", status(i, j)) >= 0 }
		takesPart := func(i int) bool { return rows[i] != "" && up(i, i) }
		together := make([][]bool, size)
		for i := range together {
			together[i] = make([]bool, size)
			for j := range size {
				together[i][j] = takesPart(i) && takesPart(j) &&
					(up(i, j) && status(j, i) != '-' || up(j, i) && status(i, j) != '-')
			}
		}
		for k := range size {
			for i := range size {
				for j := range size {
					together[i][j] = together[i][j] || together[i][k] && together[k][j]
				}
			}
		}
		var want []string
		for i := range size {
			var side []wire.Address
			for j := range size {
				if together[i][j] {
					side = append(side, letter(j))
				}
			}
			if len(side) > 0 && side[0] == letter(i) {
				want = append(want, names(side))
			}
		}
		var got []string
		for _, s := range SidesOf(clusterOf(rows...).Partitions()) {
			got = append(got, names(s.Nodes))
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q: %s", rows, diff)
		}
	})
}

// BenchmarkSidesInTurmoil is a cluster of 1,000 nodes, each with a different view.
func BenchmarkSidesInTurmoil(b *testing.B) {
	const size = 1000
	c := &Cluster{}
	for i := range size {
		n := Node{Address: wire.Address(at(i)), Stats: &wire.Stats{}}
		n.Stats.Membership.Checksum = uint32(i)
		for j := range size {
			n.Stats.Membership.Members = append(n.Stats.Membership.Members, wire.Member{Address: wire.Address(at(j))})
		}
		c.Nodes = append(c.Nodes, n)
	}
	b.ReportAllocs()
	for b.Loop() {
		if v := VerdictOf(c); len(v.Sides) != 1 || v.Views != size || len(v.Up) != size {
			b.Fatal(inWords(v.Sides))
		}
	}
}
