package integration

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/integration/cluster"
	"github.com/ringmend/ringmend/node/ring"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// drawNodeChange draws a change from a few members, which makes members recur. It has
// no labels: ringpop-node knows none.
func drawNodeChange(random *rand.Rand) wire.Change {
	hosts := []string{"127.0.0.1:3000", "127.0.0.1:30001", "127.0.0.1:300", "127.0.0.1:30000", "10.0.0.1:3000", "10.0.0.10:3000", "10.0.0.1:30"}
	address := hosts[random.IntN(len(hosts))]
	if random.IntN(2) == 0 {
		address = fmt.Sprintf("10.1.%d.1:%d", random.IntN(4), 3000+random.IntN(50))
	}
	incarnations := []int64{1, 2, 99, 100, 1_700_000_000_000, 1_700_000_000_001, wire.MaxIncarnation}
	return wire.Change{
		Source:            "127.0.0.1:1",
		SourceIncarnation: 1,
		Address:           wire.Address(address),
		Incarnation:       incarnations[random.IntN(len(incarnations))],
		Status:            wire.Alive + wire.Status(random.IntN(int(wire.Tombstone-wire.Alive)+1)),
	}
}

// drawNodeChanges draws changes of different members. In one message a
// ringpop-node never sends two changes of a member; when it gets them, it removes
// the member from the ring last, though the last change may be that it is alive.
func drawNodeChanges(random *rand.Rand) []wire.Change {
	changes := map[wire.Address]wire.Change{}
	for range 1 + random.IntN(8) {
		c := drawNodeChange(random)
		changes[c.Address] = c
	}
	return slices.SortedFunc(maps.Values(changes), func(a, b wire.Change) int { return cmp.Compare(a.Address, b.Address) })
}

func TestMembershipChecksumIsRingpopNodes(t *testing.T) {
	n := startRingpopNode(t)
	members := map[wire.Address]swim.Member{}
	stats := func() *wire.Stats {
		stats, err := n.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return stats
	}
	self := stats().Membership.Members[0]
	members[self.Address] = swim.Member{Address: self.Address, Status: self.Status, Incarnation: self.Incarnation}

	random := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		changes := drawNodeChanges(random)
		tell(t, n, changes)
		for _, c := range changes {
			member, known := members[c.Address]
			if !known && c.Status == wire.Tombstone || known && !swim.Overrides(swim.FlavourNode, &c, &member) {
				continue
			}
			members[c.Address] = swim.Member{Address: c.Address, Status: c.Status, Incarnation: c.Incarnation}
		}
		compareWithRingpopNode(t, stats(), slices.Collect(maps.Values(members)))
	}
	t.Logf("%d members at the end", len(members))
}

// tell pings the node with changes.
func tell(t *testing.T, n *cluster.Node, changes []wire.Change) {
	t.Helper()
	body, err := new(wire.Encoder).Encode(&wire.Ping{
		Changes: wire.Changes(changes...), Checksum: 1, Source: "127.0.0.1:1", SourceIncarnation: 1, App: nodeApp,
	})
	if err != nil {
		t.Fatal(err)
	}
	mustCall(t, n, wire.EndpointPing, string(body))
}

// compareWithRingpopNode compares what a ringpop-node reports with what our rules
// and checksums make of the same changes.
func compareWithRingpopNode(t *testing.T, stats *wire.Stats, members []swim.Member) {
	t.Helper()
	var want []wire.Member
	var servers []ring.Change
	for _, m := range members {
		want = append(want, wire.Member{Address: m.Address, Status: m.Status, Incarnation: m.Incarnation})
		if m.Status.Pingable() {
			servers = append(servers, ring.Change{Server: string(m.Address), Identity: string(m.Address)})
		}
	}
	byAddress := func(a, b wire.Member) int { return cmp.Compare(a.Address, b.Address) }
	slices.SortFunc(want, byAddress)
	slices.SortFunc(stats.Membership.Members, byAddress)
	if diff := gocmp.Diff(want, stats.Membership.Members); diff != "" {
		t.Fatalf("members (-our rules +ringpop-node):\n%s", diff)
	}
	if got, want := wire.Checksum(swim.FlavourNode, members), stats.Membership.Checksum; got != want {
		t.Fatalf("membership checksum is %d, ringpop-node's is %d, of %+v", got, want, members)
	}
	r, _ := ring.New(ring.DefaultReplicaPoints).Update(servers)
	if got, want := r.Checksum(), stats.Ring.Checksum; got != want {
		t.Fatalf("ring checksum is %d, ringpop-node's is %d, of %v", got, want, servers)
	}
}
