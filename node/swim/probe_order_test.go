package swim

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/wire"
)

// Over any full round every member is pinged exactly once, whoever joins and
// leaves meanwhile (section 4.3 of the SWIM paper).
func TestEveryMemberIsPingedOncePerRound(t *testing.T) {
	n, out, calls := newNode(t, nil)
	const members = 50
	n.Update(changes(members, wire.Alive))
	ping := func() wire.Address {
		*out = Effects{}
		n.Tick(0)
		call := out.Calls[0]
		calls.Finish(call.ID, &wire.Ping{}, nil)
		return call.Target
	}
	for n.round.next != len(n.round.order) { // to the end of the first round
		ping()
	}
	var orders []string
	for range 3 {
		seen := make(map[wire.Address]int)
		var order []wire.Address
		for range members {
			target := ping()
			seen[target]++
			order = append(order, target)
		}
		if len(seen) != members {
			t.Fatalf("%d of %d members were pinged in a round", len(seen), members)
		}
		orders = append(orders, fmt.Sprint(order))
	}
	if orders[0] == orders[1] || orders[1] == orders[2] {
		t.Error("two rounds had the same order")
	}
}

// A joiner gets its place in the round under way.
func TestJoinerIsPingedInTheSameRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := probeOrder{rng: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))}
		members := rapid.IntRange(0, 10).Draw(t, "members")
		for i := range members {
			r.add(memberID(i))
		}
		any := func(memberID) bool { return true }
		for range rapid.IntRange(0, 10).Draw(t, "pinged") {
			r.pick(any)
		}
		left := len(r.order) - r.next
		joiner := memberID(members)
		r.add(joiner)
		for range left + 1 {
			if picked, _ := r.pick(any); picked == joiner {
				return
			}
		}
		t.Fatal("the joiner was not pinged before the round was over")
	})
}
