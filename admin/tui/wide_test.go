package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/evict"
	"github.com/ringmend/ringmend/node/wire"
)

// vitally gives each node of a cluster a version, an uptime and pings of its own.
func vitally(c *admin.Cluster) *admin.Cluster {
	for i := range c.Nodes {
		n := &c.Nodes[i]
		if n.Err != nil {
			continue
		}
		stats := *n.Stats
		stats.Version = "0.10.0"
		stats.Timestamp = float64(start.Unix())
		stats.Uptime = float64(time.Duration(i+1) * 7 * time.Hour)
		stats.Protocol.Timing.Median = float64(time.Duration(10-i%10) * 100 * time.Microsecond)
		stats.Protocol.Timing.P95 = float64(time.Duration(i%10+1) * 3 * time.Millisecond)
		n.Stats = &stats
	}
	return c
}

// brief takes in what some nodes tell of themselves.
func (s *stage) brief(nodes map[int]*wire.Brief) {
	var list []admin.Briefing
	for i, b := range nodes {
		list = append(list, admin.Briefing{Address: address(i), Brief: b})
	}
	s.frame.told(s.frame.now, list)
}

// As many columns as fit are shown, the most useful ones first; w shows all.
func TestTopShowsTheColumnsThatFit(t *testing.T) {
	s := newStage(t, newTopPage(theme{}, 0), 80, 24)
	s.saw(0, vitally(clusterOf(nil, leftSide, rightSide)))
	s.brief(map[int]*wire.Brief{
		0: {Resolver: "kept", ResolverFor: 12_000},
		1: {Resolver: "uncertain", ResolverFor: 1_000, Split: true, SplitFor: 3_000},
		2: {Resolver: "lost", ResolverFor: 61_000, Refuses: "fenced", Split: true, SplitFor: 75_000},
		3: nil,
	})
	s.golden("top-columns-80")
	s.screen.SetSize(120, 24)
	s.golden("top-columns-120")
	s.screen.SetSize(200, 24)
	s.golden("top-columns-200")
	s.screen.SetSize(80, 24)
	s.keys("w→→→")
	s.golden("top-columns-80-wide")
	s.keys("w")
	s.expect("State")
	s.keys("1")
	s.expect("Inc. No.")
}

// The columns are there with any number of sides, of members and of the dead.
func TestWideTopOnEveryTerminal(t *testing.T) {
	alive := view{members: strings.Repeat("a", 800) + strings.Repeat("f", 200)}
	var dead []int
	for i := range 1000 {
		if i < 800 {
			alive.nodes = append(alive.nodes, i)
		} else {
			dead = append(dead, i)
		}
	}
	s := newStage(t, newTopPage(theme{}, 0), 200, 60)
	s.saw(0, vitally(clusterOf(dead, alive)))
	s.brief(map[int]*wire.Brief{7: {Resolver: "lost", Refuses: "fenced"}})
	s.keys("w>>>>")
	s.first(7)
	s.expect("State↓", "by State", "fenced", "p95", "200 faulty")
	for width := range 30 {
		for height := range 12 {
			s.screen.SetSize(width*8, height*2)
			s.keys("→")
		}
	}
}

// Rows are sorted by any column, both ways, and those of which nothing is known come last.
func TestTopSortsByColumn(t *testing.T) {
	s := newStage(t, newTopPage(theme{}, 0), 200, 24)
	s.saw(0, vitally(clusterOf([]int{4}, view{[]int{0, 1, 2, 3}, "aaaaf"})))
	by := func(title string) {
		t.Helper()
		for range 20 {
			s.keys(">")
			if strings.Contains(s.text(), "members, by "+title) {
				return
			}
		}
		t.Fatalf("no column %q:\n%s", title, s.text())
	}
	last := func(i int) {
		t.Helper()
		if rows := s.rows(); !strings.HasPrefix(rows[len(rows)-1], string(address(i))) {
			t.Errorf("%s is not the last:\n%s", address(i), s.text())
		}
	}
	by("p95")
	s.expect("p95↓")
	s.first(3) // the slowest
	last(4)
	s.keys("R")
	s.expect("p95↑", "by p95, reversed")
	s.first(0)
	last(4)
	by("Uptime")
	s.first(0) // the youngest
	by("P1")
	s.first(4) // it is faulty
	by("address")
	s.first(0)
	s.keys("R")
	s.first(4)
	s.keys("<")
	s.expect("by Incarnated (UTC)") // the last column
	s.keys("s")
	s.expect("by address")
	s.first(0)
}

// A filter finds what is in the columns that are shown.
func TestTopFiltersByState(t *testing.T) {
	s := newStage(t, newTopPage(theme{}, 0), 80, 24)
	s.saw(0, vitally(clusterOf(nil, together)))
	s.brief(map[int]*wire.Brief{0: {Resolver: "off"}, 2: {Resolver: "lost", Refuses: "fenced"}})
	s.keys("/fenced\n")
	if rows := s.rows(); len(rows) != 1 || !strings.HasPrefix(rows[0], string(address(2))) {
		t.Errorf("rows: %q", rows)
	}
}

// Who is evicted is on the screen, as the labels of members say, which strangers pass on.
func TestTopShowsWhoIsEvicted(t *testing.T) {
	c := clusterOf([]int{3}, view{[]int{0, 1, 2}, "aaal"})
	c.Nodes[0].Stats.Membership.Members[1].Labels = evict.Labels([]evict.Record{
		{Member: address(3), Version: start.Add(-time.Minute).UnixMilli(), Evicted: true},
		{Member: address(2), Version: start.UnixMilli()},
		{Member: address(9), Version: start.UnixMilli(), Evicted: true},
	})
	s := newStage(t, newTopPage(theme{}, 0), 120, 24)
	s.saw(0, c)
	s.expect("State", "evicted 1m0s")
	s.expect("127.0.0.1:3009   --           no                     evicted 0s") // which all have forgotten
	if strings.Count(s.text(), "evicted") != 2 {
		t.Errorf("others are evicted, too:\n%s", s.text())
	}
	s.keys("/3003\n\n")
	s.expect("does not answer: connection refused  evicted")
}

// Nodes that tell nothing, or did not answer, are not asked; in large clusters all have
// their turn.
func TestNodesAreBriefedInTurns(t *testing.T) {
	var m model
	m.saw(look{at: start, cluster: thousand(100)})
	asked := map[wire.Address]int{}
	inView := []wire.Address{address(3), address(950), address(4)}
	for i := range 10 {
		nodes := m.toBrief(inView, 200)
		if len(nodes) != 200 || nodes[0] != address(3) || nodes[1] != address(4) {
			t.Fatalf("%d nodes, first %v", len(nodes), nodes[:2])
		}
		var list []admin.Briefing
		for _, a := range nodes {
			asked[a]++
			list = append(list, admin.Briefing{Address: a})
		}
		m.told(start.Add(time.Duration(i)*time.Second), list)
	}
	if len(asked) != 900 || asked[address(3)] != 10 {
		t.Errorf("%d nodes were asked, one in view %d times", len(asked), asked[address(3)])
	}
	m.saw(look{at: start, cluster: clusterOf(nil, together)})
	if len(m.briefs) != 4 {
		t.Errorf("what %d nodes have told is remembered, and 4 are left", len(m.briefs))
	}
}

func TestShortTimes(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s": 400 * time.Millisecond, "59s": 59 * time.Second, "59m59s": time.Hour - time.Second, "23h59m": 24*time.Hour - time.Minute,
		"1h": time.Hour, "1d": 24 * time.Hour, "99d23h": 100*24*time.Hour - time.Hour, "400d": 400 * 24 * time.Hour,
	} {
		if got := short(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
	for want, d := range map[string]time.Duration{
		"": 0, "12µs": 12 * time.Microsecond, "1.5ms": 1500 * time.Microsecond, "12ms": 12 * time.Millisecond, "1.2s": 1230 * time.Millisecond,
	} {
		if got := fine(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
}

func BenchmarkDrawAThousandSorted(b *testing.B) {
	s := newStage(b, newTopPage(theme{}, 0), 200, 60)
	s.saw(0, vitally(thousand(100)))
	s.keys("w>>>>")
	b.ReportAllocs()
	for b.Loop() {
		s.text()
	}
	if !strings.Contains(s.text(), "by ") {
		b.Error(fmt.Sprint(s.text()))
	}
}
