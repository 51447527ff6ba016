package sim

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/sim/world"
)

// cutAt is when the splits of these tests begin: all members have settled.
const cutAt = 90 * time.Second

// span is the shortest and the longest of some times.
type span struct{ min, max time.Duration }

func (s *span) add(d time.Duration) {
	if s.max == 0 {
		s.min = d
	}
	s.min, s.max = min(s.min, d), max(s.max, d)
}

func (s span) String() string { return fmt.Sprintf("%.0f to %.0f s", s.min.Seconds(), s.max.Seconds()) }

// decisions is an observer that notes how long after the cut nodes decide.
type decisions struct {
	world.Nothing
	w          *world.World
	kept, lost *span
	count      int
}

func (d *decisions) Event(_ *world.Node, e swim.Event) {
	if e, ok := e.(resolve.Decided); ok {
		d.count++
		if e.Kept {
			d.kept.add(d.w.Now - cutAt)
		} else {
			d.lost.add(d.w.Now - cutAt)
		}
	}
}

// decide plays a cut of some nodes from the others, and adds how long it takes them to decide.
func decide(t *testing.T, nodes int, by split, stable time.Duration, seed int, kept, lost *span) {
	t.Helper()
	s := parse(t, fmt.Sprintf("nodes %d\nwarm\nseed %d\nresolver keep-majority\nstable %v\nfor %v\n%v cut 1-%d | %d-%d how=%s",
		nodes, seed, stable, cutAt+stable+stable*3/4+20*time.Second, cutAt, by.minority, by.minority+1, nodes, by.how))
	r := newRun(s, Options{})
	d := &decisions{w: r.World, kept: kept, lost: lost}
	r.Observe(d)
	r.play()
	if r.Violation != nil {
		t.Fatal(r.Violation.Report())
	}
	if d.count != nodes {
		t.Errorf("%d of %d nodes have decided", d.count, nodes)
	}
}

// split is how a cluster is split: how many nodes are cut off, and how.
type split struct {
	minority int
	how      string
}

// splits are those of the table.
func splits(nodes int) (list []split) {
	for _, minority := range []int{1, max(1, (nodes-1)/2)} {
		for _, how := range []string{"refuse", "drop", "stall"} {
			list = append(list, split{minority, how})
		}
	}
	return list
}

// Users are told how soon a split is decided: docs/resolver.md.
func TestSplitsAreDecidedInTime(t *testing.T) {
	for _, c := range []struct {
		nodes  int
		stable time.Duration
	}{{3, time.Second}, {5, 7 * time.Second}, {10, 10 * time.Second}} {
		var kept, lost span
		for _, s := range splits(c.nodes) {
			for seed := range 3 {
				decide(t, c.nodes, s, c.stable, seed, &kept, &lost)
			}
		}
		t.Logf("%d nodes: kept after %v, lost after %v", c.nodes, kept, lost)
		if least, most := c.stable, c.stable+19*time.Second; min(kept.min, lost.min) < least || max(kept.max, lost.max) > most {
			t.Errorf("%d nodes decide after %v and %v, want %v to %v", c.nodes, kept, lost, least, most)
		}
	}
}

// TestDecisionTable prints the table of docs/resolver.md: make decisions.
func TestDecisionTable(t *testing.T) {
	if os.Getenv("RINGMEND_DECISION_TABLE") == "" {
		t.Skip("skipped: it takes minutes, and make decisions asks for it")
	}
	fmt.Println("| members | `StableAfter` | the side that loses has decided after | the side that serves |\n|---|---|---|---|")
	for _, c := range []struct {
		nodes, seeds int
		stable       time.Duration
		suffix       string
	}{
		{5, 20, 7 * time.Second, ""}, {10, 20, 10 * time.Second, ""}, {50, 5, 17 * time.Second, ""},
		{100, 3, 20 * time.Second, " (default)"}, {1000, 1, 30 * time.Second, ""},
	} {
		var kept, lost span
		for _, s := range splits(c.nodes) {
			for seed := range c.seeds {
				decide(t, c.nodes, s, c.stable, seed, &kept, &lost)
			}
		}
		fmt.Printf("| %d | %.0f s%s | %v | %v |\n", c.nodes, c.stable.Seconds(), c.suffix, lost, kept)
	}
}
