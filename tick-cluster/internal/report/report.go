package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/tick-cluster/internal/namelist"
)

// Answer is what one node answered, or why it did not.
type Answer[T any] struct {
	Node  string // its short name
	Value T
	Err   error
}

// Absent is a node that was not asked.
type Absent struct {
	Node string
	Why  string // in a word, such as "killed"
}

// group is nodes that gave the same answer.
type group[K comparable] struct {
	key   K
	nodes []string
}

// title is how groups are introduced: "[3000, 3001]".
func (g group[K]) title() string { return "[" + namelist.Of(g.nodes) + "]" }

// groupBy groups the nodes that answered by a key of their answers, small groups
// first: they are the odd ones out. Groups of one size, and the nodes in a
// group, keep the order of the answers.
func groupBy[T any, K comparable](answers []Answer[T], key func(T) K) []group[K] {
	var groups []group[K]
	for _, a := range answers {
		if a.Err != nil {
			continue
		}
		k := key(a.Value)
		i := slices.IndexFunc(groups, func(g group[K]) bool { return g.key == k })
		if i < 0 {
			i, groups = len(groups), append(groups, group[K]{key: k})
		}
		groups[i].nodes = append(groups[i].nodes, a.Node)
	}
	slices.SortStableFunc(groups, func(a, b group[K]) int { return cmp.Compare(len(a.nodes), len(b.nodes)) })
	return groups
}

// Missing returns a line with the error of each node that has one, and one for all
// that were not asked.
func Missing[T any](answers []Answer[T], absent []Absent) string {
	var b strings.Builder
	for _, a := range answers {
		if a.Err != nil {
			fmt.Fprintf(&b, "[%s] %s\n", a.Node, oneLine(a.Err))
		}
	}
	if len(absent) > 0 {
		fmt.Fprintf(&b, "not asked: %s\n", strings.Join(reasons(absent), ", "))
	}
	return b.String()
}

// reasons writes neighbours with the same reason together if they are many.
func reasons(absent []Absent) (list []string) {
	for i := 0; i < len(absent); {
		nodes := []string{absent[i].Node}
		end := i + 1
		for len(absent) > many && end < len(absent) && absent[end].Why == absent[i].Why {
			nodes = append(nodes, absent[end].Node)
			end++
		}
		list = append(list, fmt.Sprintf("%s (%s)", namelist.Of(nodes), absent[i].Why))
		i = end
	}
	return list
}

// many is the number of absent nodes beyond which they are not listed one by one.
const many = 10

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
