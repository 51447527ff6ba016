package tui

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

func TestPartitionsKeepTheirPlaces(t *testing.T) {
	partition := func(sum uint32, nodes ...wire.Address) admin.Partition {
		return admin.Partition{Checksum: sum, Nodes: nodes}
	}
	left, right := partition(5, "a:1", "b:1"), partition(9, "c:1", "d:1")
	tests := []struct {
		name        string
		before, now []admin.Partition
		want        []uint32
	}{
		{"the first look", nil, []admin.Partition{left, right}, []uint32{5, 9}},
		{"the checksums change and so their order", []admin.Partition{left, right},
			[]admin.Partition{partition(1, "c:1", "d:1"), partition(2, "a:1", "b:1")}, []uint32{2, 1}},
		{"one splits, and the new part comes last", []admin.Partition{left, right},
			[]admin.Partition{partition(1, "d:1"), partition(2, "c:1"), partition(3, "a:1", "b:1")}, []uint32{3, 1, 2}},
		{"they merge", []admin.Partition{left, right},
			[]admin.Partition{partition(1, "a:1", "b:1", "c:1", "d:1")}, []uint32{1}},
		{"the first one goes", []admin.Partition{left, right}, []admin.Partition{partition(1, "c:1")}, []uint32{1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []uint32
			for _, p := range arrange(test.before, test.now) {
				got = append(got, p.Checksum)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// However partitions change, none is lost and none comes twice.
func TestArrangeLosesNothing(t *testing.T) {
	draw := func(t *rapid.T, name string) []admin.Partition {
		sums := rapid.SliceOfNDistinct(rapid.Uint32Range(0, 9), 0, 5, rapid.ID).Draw(t, name)
		var partitions []admin.Partition
		for _, sum := range sums {
			nodes := rapid.SliceOfN(rapid.SampledFrom([]wire.Address{"a:1", "b:1", "c:1", "d:1"}), 1, 3).Draw(t, "nodes")
			partitions = append(partitions, admin.Partition{Checksum: sum, Nodes: nodes})
		}
		return partitions
	}
	rapid.Check(t, func(t *rapid.T) {
		before, now := draw(t, "before"), draw(t, "now")
		left := map[uint32]bool{}
		for _, p := range now {
			left[p.Checksum] = true
		}
		for _, p := range arrange(before, now) {
			if !left[p.Checksum] {
				t.Fatalf("%d comes twice or from nowhere", p.Checksum)
			}
			delete(left, p.Checksum)
		}
		if len(left) > 0 {
			t.Fatalf("lost: %v", left)
		}
	})
}

func TestChangesAreNoted(t *testing.T) {
	m := &model{}
	at := start
	see := func(c *admin.Cluster) {
		at = at.Add(time.Second)
		m.saw(look{at: at, cluster: c})
	}
	text := func(i int) string { return m.changes[address(i)].text }

	see(clusterOf(nil, view{[]int{0, 1}, "aa-"}))
	if len(m.changes) != 0 {
		t.Errorf("the first look changed %v", m.changes)
	}
	see(clusterOf(nil, view{[]int{0, 1}, "aaa"}))
	if got := text(2); got != "new: alive" {
		t.Errorf("a new member: %q", got)
	}
	see(clusterOf(nil, view{[]int{0}, "afa"}, view{[]int{1}, "aaa"}))
	if got := text(1); got != "alive → alive/faulty" {
		t.Errorf("two opinions: %q", got)
	}
	reborn := clusterOf(nil, view{[]int{0, 1}, "aaa"})
	reborn.Nodes[0].Stats.Membership.Members[0].Incarnation += 5
	see(reborn)
	if got := text(0); got != "alive, incarnated anew" {
		t.Errorf("a new incarnation: %q", got)
	}
	if got := m.changes[address(2)].at; !got.Equal(start.Add(2 * time.Second)) {
		t.Errorf("a member that did not change since: %v", got)
	}
	see(clusterOf(nil, view{[]int{0}, "a--"}))
	if len(m.changes) != 1 {
		t.Errorf("members that are gone are remembered: %v", m.changes)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	m := &model{}
	for i := range maxSamples + 100 {
		m.history.add(start.Add(time.Duration(i)*time.Second), clusterOf(nil, together).Partitions()[:i%2])
	}
	if len(m.history.samples) != maxSamples || len(m.history.episodes) != maxEpisodes {
		t.Errorf("%d samples, %d episodes", len(m.history.samples), len(m.history.episodes))
	}
}

func TestStripShowsTheWorstOfEachPart(t *testing.T) {
	var h history
	now := start.Add(10 * time.Second)
	one, split := clusterOf(nil, together).Partitions(), clusterOf(nil, leftSide, rightSide).Partitions()
	h.add(start.Add(-time.Second), one) // too long ago
	h.add(start, one)
	h.add(start.Add(2500*time.Millisecond), one)
	h.add(start.Add(2600*time.Millisecond), split)
	h.add(start.Add(2650*time.Millisecond), append(split, one...))
	h.add(start.Add(2680*time.Millisecond), split)
	h.add(start.Add(2700*time.Millisecond), one)
	h.add(start.Add(4*time.Second), nil)
	h.add(now, make([]admin.Partition, 0))
	var many []admin.Partition
	for range 10 {
		many = append(many, one[0])
	}
	h.add(now, many)
	if got, want := h.strip(now, 10*time.Second, 5).String(), "13?·+"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// BenchmarkTop is a look at a cluster of 1,000 that is taken in and drawn.
func BenchmarkTop(b *testing.B) {
	s := newStage(b, newTopPage(theme{true}, 0), 120, 40)
	one, other := thousand(7), thousand(8)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%2 == 0 {
			s.saw(time.Second, one)
		} else {
			s.saw(time.Second, other)
		}
		s.page.draw(s.screen, &s.frame)
	}
}

// BenchmarkTopInTurmoil is the same when each of the nodes has a view of its own.
func BenchmarkTopInTurmoil(b *testing.B) {
	s := newStage(b, newTopPage(theme{true}, 0), 120, 40)
	c := thousand(0)
	for i := range c.Nodes {
		stats := *c.Nodes[i].Stats
		stats.Membership.Checksum = uint32(i)
		c.Nodes[i].Stats = &stats
	}
	b.ReportAllocs()
	for b.Loop() {
		s.saw(time.Second, c)
		s.page.draw(s.screen, &s.frame)
	}
}
