package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// sideOf returns a side that is told apart by the checksum of its view.
func sideOf(sum uint32, nodes ...wire.Address) admin.Side {
	return admin.Side{Nodes: nodes, Views: []admin.Partition{{Checksum: sum, Nodes: nodes}}}
}

func sumsOf(sides []admin.Side) []uint32 {
	var sums []uint32
	for i := range sides {
		sums = append(sums, sides[i].Views[0].Checksum)
	}
	return sums
}

func TestSidesKeepTheirPlaces(t *testing.T) {
	left, right := sideOf(5, "a:1", "b:1"), sideOf(9, "c:1", "d:1")
	tests := []struct {
		name        string
		before, now []admin.Side
		want        []uint32
	}{
		{"the first look", nil, []admin.Side{left, right}, []uint32{5, 9}},
		{"one gets larger, and so the order", []admin.Side{left, right},
			[]admin.Side{sideOf(1, "c:1", "d:1", "e:1"), sideOf(2, "a:1", "b:1")}, []uint32{2, 1}},
		{"one splits, and the new part comes last", []admin.Side{left, right},
			[]admin.Side{sideOf(1, "d:1"), sideOf(2, "c:1"), sideOf(3, "a:1", "b:1")}, []uint32{3, 1, 2}},
		{"they merge", []admin.Side{left, right}, []admin.Side{sideOf(1, "a:1", "b:1", "c:1", "d:1")}, []uint32{1}},
		{"the first one goes", []admin.Side{left, right}, []admin.Side{sideOf(1, "c:1")}, []uint32{1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, sumsOf(arrange(test.before, test.now))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// However sides change, none is lost and none comes twice.
func TestArrangeLosesNothing(t *testing.T) {
	draw := func(t *rapid.T, name string) []admin.Side {
		sums := rapid.SliceOfNDistinct(rapid.Uint32Range(0, 9), 0, 5, rapid.ID).Draw(t, name)
		var sides []admin.Side
		for _, sum := range sums {
			nodes := rapid.SliceOfN(rapid.SampledFrom([]wire.Address{"a:1", "b:1", "c:1", "d:1"}), 1, 3).Draw(t, "nodes")
			sides = append(sides, sideOf(sum, nodes...))
		}
		return sides
	}
	rapid.Check(t, func(t *rapid.T) {
		before, now := draw(t, "before"), draw(t, "now")
		left := map[uint32]bool{}
		for _, sum := range sumsOf(now) {
			left[sum] = true
		}
		for _, sum := range sumsOf(arrange(before, now)) {
			if !left[sum] {
				t.Fatalf("%d comes twice or from nowhere", sum)
			}
			delete(left, sum)
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
		at := start.Add(time.Duration(i) * time.Second)
		if i%2 == 0 {
			m.saw(look{at: at, cluster: clusterOf(nil, together)})
		} else {
			m.history.missed(at)
		}
	}
	if len(m.history.samples) != maxSamples || len(m.history.episodes) != maxEpisodes {
		t.Errorf("%d samples, %d episodes", len(m.history.samples), len(m.history.episodes))
	}
}

func TestStripShowsTheWorstOfEachPart(t *testing.T) {
	m := &model{}
	now := start.Add(10 * time.Second)
	see := func(after time.Duration, views ...view) {
		m.saw(look{at: start.Add(after), cluster: clusterOf(nil, views...)})
	}
	see(-time.Second, together) // too long ago
	see(0, together)
	see(2500*time.Millisecond, together)
	see(2600*time.Millisecond, leftSide, rightSide)
	see(2650*time.Millisecond, leftSide, view{[]int{2}, "ffaf"}, view{[]int{3}, "fffa"})
	see(2680*time.Millisecond, leftSide, rightSide)
	see(2700*time.Millisecond, together)
	m.history.missed(start.Add(4 * time.Second))
	see(8*time.Second, together)
	see(9*time.Second, survivors)
	see(9500*time.Millisecond, together)
	strip := m.history.strip(now, 10*time.Second, 5)
	if got, want := strip.String(), "13?·1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if tone := strip[4].tone; tone != bad {
		t.Errorf("a member was faulty: tone %d", tone)
	}
	var alone []view
	for i := range 10 {
		letters := []byte(strings.Repeat("f", 10))
		letters[i] = 'a'
		alone = append(alone, view{[]int{i}, string(letters)})
	}
	see(10*time.Second, alone...)
	if got, want := m.history.strip(now, 10*time.Second, 5).String(), "13?·+"; got != want {
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
