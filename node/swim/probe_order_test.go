package swim

import (
	"fmt"
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

// Over any full round every member is pinged exactly once, even if others join and
// leave meanwhile (section 4.3 of the SWIM paper).
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
	for range members { // the first round, with places given out as members joined
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
