package sim

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/world"
)

// joinCounts counts the memberships that nodes hand out, and how many of them had to be encoded:
// one that is handed out again is not.
type joinCounts struct {
	world.Nothing
	answers  []int             // of each node, by its index
	versions []map[uint64]bool // that it has handed out
}

func (c *joinCounts) Answered(n *world.Node, _ *world.Call, response wire.Response, _ wire.ChangeList, err error) {
	join, ok := response.(*wire.JoinResponse)
	if !ok || err != nil {
		return
	}
	c.answers[n.Index]++
	if c.versions[n.Index] == nil {
		c.versions[n.Index] = make(map[uint64]bool)
	}
	c.versions[n.Index][join.Membership.Version()] = true
}

// However many nodes start at once, each of those that they know of hands out its membership
// a few times for each of them at most, and encodes it less often than that.
func TestNodesThatStartTogetherAreNoStorm(t *testing.T) {
	for _, n := range []int{30, 100, 200} {
		for _, hosts := range []int{3, n} {
			r := newRun(parse(t, fmt.Sprintf("nodes %d\nhosts %d\nspread 100ms\nfor 20s", n, hosts)), Options{})
			c := &joinCounts{answers: make([]int, n), versions: make([]map[uint64]bool, n)}
			r.Observe(c)
			r.play()
			if result := r.result(); result.Violation != nil || !result.Converged {
				t.Fatalf("%d nodes: converged: %v, %v", n, result.Converged, result.Violation)
			}
			most, all := slices.Max(c.answers), 0
			encoded := 0
			for i := range c.answers {
				all += c.answers[i]
				encoded = max(encoded, len(c.versions[i]))
			}
			t.Logf("%d nodes, %d listed: %d joins, one node answers %d, and encodes %d", n, hosts, all, most, encoded)
			if limit := 2 * n; most > limit {
				t.Errorf("%d nodes, %d listed: a node hands out its membership %d times, more than %d", n, hosts, most, limit)
			}
			if all > 6*n {
				t.Errorf("%d nodes, %d listed: memberships are handed out %d times, more than %d", n, hosts, all, 6*n)
			}
			if encoded > n {
				t.Errorf("%d nodes, %d listed: a node encodes its membership %d times, more than %d", n, hosts, encoded, n)
			}
		}
	}
}
