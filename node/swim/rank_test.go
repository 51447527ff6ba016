package swim

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/wire"
)

// The place of a member follows whoever comes and goes, itself included.
func TestPlaceFollowsEveryChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		addresses := []wire.Address{"a:1", "a:10", "b:1", "c:1", "d:1"} // in their order, which is not that of the numbers
		table := newTable(newAddressTable(FlavourNode, true))
		table.place.of = table.addresses.enter("b:1")
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			m := table.addresses.enter(rapid.SampledFrom(addresses).Draw(t, "address"))
			s := state{incarnation: 1, status: wire.Status(rapid.IntRange(0, numStatuses-1).Draw(t, "status"))}
			switch has := table.has(m); {
			case !has:
				table.add(m, s)
			case rapid.IntRange(0, 4).Draw(t, "remove") == 0:
				table.remove(m)
			default:
				table.set(m, s)
			}
			if rapid.Bool().Draw(t, "look") {
				checkPlace(t, table, addresses)
			}
		}
		checkPlace(t, table, addresses)
	})
}

const numStatuses = int(wire.Tombstone) + 1

func checkPlace(t *rapid.T, table *table, addresses []wire.Address) {
	ahead, first, leads := 0, nobody, true
	for _, a := range addresses {
		m, ok := table.find(a)
		if !ok {
			continue
		}
		status := table.row(m).status
		if first == nobody && status.Dead() {
			leads = false
		}
		if !status.Pingable() {
			continue
		}
		if first == nobody {
			first = m
		}
		if a < "b:1" {
			ahead++
		}
	}
	if table.place.ahead != ahead || table.first() != first || table.leads() != leads {
		t.Fatalf("%d are ahead, the first is %d, leads: %v; want %d, %d, %v", table.place.ahead, table.first(), table.leads(), ahead, first, leads)
	}
}
