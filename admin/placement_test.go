package admin

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/dgryski/go-farm"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/ring"
	"github.com/ringmend/ringmend/node/wire"
)

// membership draws members of which some have identities and some prefix others.
func membership(t *rapid.T) []wire.Member {
	ports := rapid.SliceOfNDistinct(rapid.SampledFrom([]int{30, 300, 3000, 3001, 30001, 30002, 4000}), 1, 6, rapid.ID).Draw(t, "ports")
	var members []wire.Member
	for _, port := range ports {
		m := wire.Member{
			Address:     wire.Address(fmt.Sprintf("127.0.0.1:%d", port)),
			Status:      wire.Status(rapid.IntRange(0, 4).Draw(t, "status")),
			Incarnation: int64(rapid.IntRange(1, 9).Draw(t, "incarnation")),
		}
		if rapid.Bool().Draw(t, "identity") {
			m.Labels = map[string]string{wire.IdentityLabel: fmt.Sprint("id", port)}
		}
		members = append(members, m)
	}
	return members
}

// The placement is that of the ring that the nodes have: every point of it, and
// so every owner.
func TestPlacementIsThatOfTheRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := membership(t)
		replicas := rapid.IntRange(1, 120).Draw(t, "replicas")
		placement, err := NewPlacement(wire.FlavourGo, members, replicas)
		if err != nil {
			t.Fatal(err)
		}
		var changes []ring.Change
		for _, m := range members {
			if m.Status.Pingable() {
				changes = append(changes, ring.Change{Server: string(m.Address), Identity: m.Identity()})
			}
		}
		want, _ := ring.New(replicas).Update(changes)
		var text []byte
		for _, p := range placement.points {
			text = fmt.Appendf(text, "%d-%s;", p.Hash, p.Address)
		}
		if got := farm.Fingerprint32(text); got != want.ReplicaChecksum() {
			t.Errorf("replica checksum %d, want %d", got, want.ReplicaChecksum())
		}
	})
}

func TestSharesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		placement, err := NewPlacement(wire.FlavourGo, membership(t), 10)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, share := range placement.Shares() {
			sum += share.Part
		}
		if len(placement.members) > 0 && math.Abs(sum-1) > 1e-9 {
			t.Errorf("the shares add up to %v: %v", sum, placement.Shares())
		}
	})
}

// These are the figures that the original prints for five nodes. It leaves out the
// hashes behind the last replica point, which belong to the first one: that is the
// difference allowed for.
func TestSharesAreThoseOfTheOriginal(t *testing.T) {
	var members []wire.Member
	for port := range 5 {
		members = append(members, wire.Member{Address: wire.Address(fmt.Sprint("127.0.0.1:", 3000+port))})
	}
	placement, err := NewPlacement(wire.FlavourNode, members, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []Share{
		{"127.0.0.1:3000", 0.2003}, {"127.0.0.1:3001", 0.1950}, {"127.0.0.1:3002", 0.2314},
		{"127.0.0.1:3003", 0.1863}, {"127.0.0.1:3004", 0.1870},
	}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 0.0006 })
	if diff := cmp.Diff(want, placement.Shares(), near); diff != "" {
		t.Error(diff)
	}
}

func TestAnAddressThatContinuesAnotherCollidesWithIt(t *testing.T) {
	members := []wire.Member{
		{Address: "127.0.0.1:3000"}, {Address: "127.0.0.1:30001"}, {Address: "127.0.0.1:30002", Status: wire.Faulty},
	}
	placement, err := NewPlacement(wire.FlavourGo, members, 100)
	if err != nil {
		t.Fatal(err)
	}
	collisions := placement.Collisions()
	if len(collisions) != 10 {
		t.Fatalf("%d collisions, want 10: %v", len(collisions), collisions)
	}
	want := Collision{948751649,
		ReplicaPoint{948751649, "127.0.0.1:30001", 0}, ReplicaPoint{948751649, "127.0.0.1:3000", 10}}
	if diff := cmp.Diff(want, collisions[0]); diff != "" {
		t.Error(diff)
	}
	for i := range members {
		members[i].Labels = map[string]string{wire.IdentityLabel: fmt.Sprint("node", i)}
	}
	for flavour, want := range map[wire.Flavour]int{wire.FlavourGo: 0, wire.FlavourNode: 10} {
		if placement, err = NewPlacement(flavour, members, 100); err != nil {
			t.Fatal(err)
		}
		if got := len(placement.Collisions()); got != want {
			t.Errorf("%v, with identities: %d collisions, want %d", flavour, got, want)
		}
	}
}

func TestPlacementRefusesTooManyReplicaPoints(t *testing.T) {
	if _, err := NewPlacement(wire.FlavourGo, nil, MaxReplicaPoints+1); err == nil {
		t.Error("no error")
	}
}

func TestFlavourOfAMembership(t *testing.T) {
	members := []wire.Member{
		{Address: "127.0.0.1:3000", Incarnation: 1}, {Address: "127.0.0.1:30001", Incarnation: 2, Status: wire.Suspect},
	}
	for _, want := range []wire.Flavour{wire.FlavourGo, wire.FlavourNode} {
		sum := wire.Checksum(want, []wire.Member{wire.Member(members[0]), wire.Member(members[1])})
		got, err := FlavourOf(&wire.MembershipStats{Checksum: sum, Members: members})
		if err != nil || got != want {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
	if _, err := FlavourOf(&wire.MembershipStats{Checksum: 1, Members: members}); !errors.Is(err, ErrFlavour) {
		t.Errorf("got %v", err)
	}
}
