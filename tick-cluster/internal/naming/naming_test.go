package naming

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/tools/make_partition/partition"
)

// shared are nodes of one address, own are nodes that have one each.
func shared(n, port int) (nodes []Node) {
	for i := range n {
		nodes = append(nodes, Node{Name: fmt.Sprint(port + i), Number: port + i, Index: port + i,
			Address: netip.MustParseAddrPort(fmt.Sprintf("127.0.0.1:%d", port+i))})
	}
	return nodes
}

func own(n, port int) (nodes []Node) {
	for i := range n {
		nodes = append(nodes, Node{Name: fmt.Sprint(11 + i), Number: 11 + i, Index: port + i,
			Address: netip.MustParseAddrPort(fmt.Sprintf("127.0.0.%d:%d", 11+i, port))})
	}
	return nodes
}

func six(n int) (nodes []Node) {
	for i := range n {
		nodes = append(nodes, Node{Name: fmt.Sprint(11 + i), Number: 11 + i, Index: 3000 + i,
			Address: netip.MustParseAddrPort(fmt.Sprintf("[fd00::%d]:3000", 11+i))})
	}
	return nodes
}

// choose shows what words mean.
func choose(nodes []Node, words string) (string, error) {
	names, count, err := Choose(nodes, strings.Fields(words))
	if err != nil || names != nil {
		return strings.Join(names, " "), err
	}
	return fmt.Sprintf("any %d", count), nil
}

func TestWordsMeanNodesOrACount(t *testing.T) {
	for _, test := range []struct {
		nodes       []Node
		words, want string
	}{
		{shared(4, 3000), "3001", "3001"},
		{shared(4, 3000), "3001 3003", "3001 3003"},
		{shared(4, 3000), "3001,3003", "3001 3003"},
		{shared(4, 3000), "3003, 3001", "3003 3001"},
		{shared(4, 3000), "3001-3003", "3001 3002 3003"},
		{shared(4, 3000), "2000-9999", "3000 3001 3002 3003"},
		{shared(4, 3000), "3001 3001 3000-3001", "3001 3000"},
		{shared(4, 3000), "127.0.0.1:3002", "3002"},
		{shared(4, 3000), "127.0.0.1", "3000 3001 3002 3003"},
		{shared(4, 3000), "0", "any 0"},
		{shared(4, 3000), "1", "any 1"},
		{shared(4, 3000), "4", "any 4"},
		{shared(4, 3000), "*", "any 4"},
		{shared(4, 3000), "random 2", "any 2"},
		{own(4, 3000), "11", "11"},
		{own(4, 3000), "3000", "11"},
		{own(4, 3000), "11,12 3002", "11 12 13"},
		{own(4, 3000), "127.0.0.12", "12"},
		{own(4, 3000), "4", "any 4"},
		{own(20, 3000), "10", "any 10"},
		{own(20, 3000), "21", "21"},
		{own(20, 3000), "random 12", "any 12"},
		{own(20, 3000), "127.0.0.12:3000", "12"},
		{own(20, 3000), "12,", "12"},
		{own(20, 3000), "12-12", "12"},
		{own(20, 3000), "12 13", "12 13"},
		{six(4), "[fd00::12]:3000,11", "12 11"},
	} {
		got, err := choose(test.nodes, test.words)
		if err != nil || got != test.want {
			t.Errorf("%q of %d: got %q, error %v; want %q", test.words, len(test.nodes), got, err, test.want)
		}
	}
}

func TestWordsThatMeanNothingHere(t *testing.T) {
	for _, test := range []struct {
		nodes       []Node
		words, want string
		is          error
	}{
		{shared(4, 3000), "5", "5 is more than the 4 nodes of the cluster, and no name of one (they are 3000 to 3003)", ErrMany},
		{shared(4, 3000), "3004", "3004 is more than the 4 nodes", ErrMany},
		{shared(4, 3000), "99999999999999999999", "is more than the 4 nodes", ErrMany},
		{shared(4, 3000), "random 5", "5 is more than the 4 nodes", ErrMany},
		{shared(4, 3000), "3001,3009", "no such node: 3009 (they are 3000 to 3003)", ErrNode},
		{shared(4, 3000), "1 2", "no such node: 1 (they are 3000 to 3003)", ErrNode},
		{shared(4, 3000), "two", "no such node: two (they are 3000 to 3003)", ErrNode},
		{shared(1, 3000), "one", "no such node: one (there is only 3000)", ErrNode},
		{shared(4, 3000), "127.0.0.2:3000", "no such node: 127.0.0.2:3000", ErrNode},
		{shared(4, 3000), "-1", `"-1" is not a port`, partition.ErrUsage},
		{shared(4, 3000), "+1", `"+1" is not a port`, partition.ErrUsage},
		{shared(4, 3000), "3003-3001", `"3003-3001" is not a range`, partition.ErrUsage},
		{shared(4, 3000), ",", `"" is not a port`, partition.ErrUsage},
		{shared(4, 3000), "random two", `"two" is not a number of nodes`, nil},
		{shared(4, 3000), "random -1", `"-1" is not a number of nodes`, nil},
		{own(20, 3000), "12", `12 is a number of nodes and the name of one: write "random 12" or "127.0.0.12:3000"`, ErrEither},
		{shared(600, 500), "550", `write "random 550" or "127.0.0.1:550"`, ErrEither},
	} {
		_, err := choose(test.nodes, test.words)
		if err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want %q", test.words, err, test.want)
		}
	}
}

// Whatever is written, a count is one that the cluster has, and a name is a node's,
// once; and what ErrEither offers is understood.
func TestAnyWordsAreSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.SampledFrom([][]Node{shared(4, 3000), own(30, 3000), shared(600, 500), six(3)}).Draw(t, "nodes")
		word := rapid.OneOf(rapid.SampledFrom([]string{"random", "*", "3000-3009", "[fd00::11]", "127.0.0.12", "12,13"}),
			rapid.StringMatching(`[0-9]{1,6}`), rapid.String())
		words := rapid.SliceOfN(word, 1, 3).Draw(t, "words")
		names, count, err := Choose(nodes, words)
		if err != nil {
			if names != nil || count != 0 {
				t.Fatalf("%q: %v, %d in spite of %v", words, names, count, err)
			}
			return
		}
		seen := map[string]bool{}
		for _, name := range names {
			if seen[name] {
				t.Fatalf("%q: %s twice", words, name)
			}
			seen[name] = true
		}
		if count < 0 || count > len(nodes) || names != nil && count != 0 {
			t.Fatalf("%q: %v, %d", words, names, count)
		}
	})
}
