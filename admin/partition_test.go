package admin

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/node/wire"
)

// split is a cluster of four in two halves, each of which holds the other down.
func split(t *testing.T) *Cluster {
	one := sees(20, "a:1", "alive", "b:1", "suspect", "c:1", "faulty", "d:1", "leave", "e:1", "faulty")
	two := sees(10, "a:1", "faulty", "b:1", "faulty", "c:1", "alive", "d:1", "alive", "f:1", "tombstone")
	fake := &fakeCluster{nodes: map[string]fakeNode{"a:1": one, "b:1": one, "c:1": two, "d:1": two}}
	return mustCrawl(t, fake.client(), "a:1")
}

func TestPartitionsAreNodesThatAgree(t *testing.T) {
	partitions := split(t).Partitions()
	type row struct {
		Checksum               uint32
		Nodes                  []wire.Address
		Sample                 wire.Address
		Alive, Suspect, Faulty int
		Leave, Tombstone       int
	}
	var got []row
	for _, p := range partitions {
		got = append(got, row{
			p.Checksum, p.Nodes, p.Sample(),
			p.Count(wire.Alive), p.Count(wire.Suspect), p.Count(wire.Faulty), p.Count(wire.Leave), p.Count(wire.Tombstone),
		})
	}
	want := []row{
		{10, []wire.Address{"c:1", "d:1"}, "c:1", 2, 0, 2, 0, 1},
		{20, []wire.Address{"a:1", "b:1"}, "a:1", 1, 1, 2, 1, 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPartitionKnowsItsMembers(t *testing.T) {
	p := split(t).Partitions()[0]
	if s, known := p.Status("f:1"); !known || s != wire.Tombstone {
		t.Errorf("f: %v, %v", s, known)
	}
	if _, known := p.Status("e:1"); known {
		t.Error("e is known to the wrong partition")
	}
}

func TestHeldDownIsWhatNoPartitionHoldsUp(t *testing.T) {
	partitions := split(t).Partitions()
	for member, want := range map[wire.Address]bool{
		"a:1": false, // alive here, faulty there
		"b:1": false, // suspect here, faulty there
		"e:1": true,  // faulty here, unknown there
		"f:1": true,  // a tombstone
		"x:1": false, // a stranger: no node reports it down
	} {
		if got := HeldDown(partitions, member); got != want {
			t.Errorf("%s: got %v, want %v", member, got, want)
		}
	}
}

func TestMemberAddressesAreThoseOfAllPartitions(t *testing.T) {
	want := []wire.Address{"a:1", "b:1", "c:1", "d:1", "e:1", "f:1"}
	if diff := cmp.Diff(want, MemberAddresses(split(t).Partitions())); diff != "" {
		t.Error(diff)
	}
}

func TestNoPartitionsWithoutAnswers(t *testing.T) {
	cluster := mustCrawl(t, (&fakeCluster{}).client(), "a:1")
	if cluster.Answered() || len(cluster.Partitions()) != 0 {
		t.Errorf("%v", cluster.Partitions())
	}
}
