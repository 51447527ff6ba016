package table

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/wire"
)

// The rank of a node follows every member that comes or goes, itself included.
func TestRankFollowsEveryChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		addresses := []wire.Address{"a:1", "a:10", "b:1", "c:1", "d:1"} // in their order, which is not that of the numbers
		table, _ := New(wire.FlavourNode, nil, "b:1")
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			m := table.addresses.intern(rapid.SampledFrom(addresses).Draw(t, "address"))
			s := State{Incarnation: 1, Status: wire.Status(rapid.IntRange(0, int(wire.Tombstone)).Draw(t, "status"))}
			b := table.Begin()
			switch has := table.Has(m); {
			case !has:
				b.Add(m, s)
			case rapid.IntRange(0, 4).Draw(t, "remove") == 0:
				b.Remove(m)
			default:
				b.Set(m, s)
			}
			if rapid.Bool().Draw(t, "look") {
				checkRank(t, table, addresses)
			}
		}
		checkRank(t, table, addresses)
	})
}

func checkRank(t *rapid.T, table *Table, addresses []wire.Address) {
	ahead, first, leads := 0, NoMember, true
	for _, a := range addresses {
		m, ok := table.Find(a)
		if !ok {
			continue
		}
		status := table.Status(m)
		if first == NoMember && status.Dead() {
			leads = false
		}
		if !status.Pingable() {
			continue
		}
		if first == NoMember {
			first = m
		}
		if a < "b:1" {
			ahead++
		}
	}
	if table.Rank() != ahead || table.First() != first || table.NoDeadBefore() != leads {
		t.Fatalf("%d are ahead, the first is %d, leads: %v; want %d, %d, %v", table.Rank(), table.First(), table.NoDeadBefore(), ahead, first, leads)
	}
}
