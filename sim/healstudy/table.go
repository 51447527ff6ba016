package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/sim"
)

// markdown writes the study as tables.
func (s *study) markdown(w io.Writer) {
	s.timesByShape(w)
	fmt.Fprintln(w)
	s.timesByCut(w)
	fmt.Fprintln(w)
	s.costs(w)
}

// timesByShape is the table of how long healing took.
func (s *study) timesByShape(w io.Writer) {
	header := []string{"seconds: median, p99"}
	for _, n := range s.sizes() {
		for _, rules := range s.rules() {
			header = append(header, fmt.Sprintf("%s: %s", count(n), rules))
		}
	}
	t := newTable(w, header)
	for _, shape := range s.shapes() {
		row := []string{shape}
		for _, n := range s.sizes() {
			for _, rules := range s.rules() {
				row = append(row, times(s.runs(func(c *cell) bool { return c.Shape == shape && c.Nodes == n && c.Rules == rules })))
			}
		}
		t.row(row)
	}
}

// timesByCut is the table of how long it took by how the cut showed, over all
// shapes of short cuts.
func (s *study) timesByCut(w io.Writer) {
	t := newTable(w, []string{"nodes", "rules", "cut", "runs", "seconds: median, p99", "longest", "came apart again", "running members held faulty after the cut: runs, members"})
	for _, n := range s.sizes() {
		for _, rules := range s.rules() {
			runs := s.runs(func(c *cell) bool { return c.Nodes == n && c.Rules == rules && c.Shape != longest })
			for _, cut := range []string{"refuse", "drop", "stall"} {
				some := slices.DeleteFunc(slices.Clone(runs), func(r trial) bool { return r.Cut != cut })
				if len(some) == 0 {
					continue
				}
				apart, slandering, slandered := 0, 0, 0
				for _, r := range some {
					apart += sign(r.Relapses)
					slandering += sign(r.Slandered)
					slandered += r.Slandered
				}
				t.row([]string{count(n), rules, cut, fmt.Sprint(len(some)), times(some), number(quantile(some, 1, took)), fmt.Sprint(apart), fmt.Sprintf("%d, %d", slandering, slandered)})
			}
		}
	}
}

// longest is the shape in which a cut stays.
const longest = "long"

// costs is the table of what cuts and healing cost.
func (s *study) costs(w io.Writer) {
	t := newTable(w, []string{"nodes", "rules", "runs", "requests of a side to others while cut: median, p99", "a minute after 10 minutes: mean, max",
		"healers' bytes in memberships: median, max", "full syncs' bytes in memberships: median, max", "members harmed"})
	for _, n := range s.sizes() {
		for _, rules := range s.rules() {
			short := s.runs(func(c *cell) bool { return c.Nodes == n && c.Rules == rules && c.Shape != longest })
			long := s.runs(func(c *cell) bool { return c.Nodes == n && c.Rules == rules && c.Shape == longest })
			if len(short)+len(long) == 0 {
				continue
			}
			harmed := 0
			for _, r := range append(slices.Clone(short), long...) {
				harmed += r.Harmed
			}
			dials := func(r trial) float64 { return float64(r.Dials) }
			visits := func(r trial) float64 { return r.Visits }
			syncs := func(r trial) float64 { return r.Syncs }
			late := func(r trial) float64 { return r.LateDials }
			t.row([]string{count(n), rules, fmt.Sprint(len(short) + len(long)),
				number(quantile(short, .5, dials)) + ", " + number(quantile(short, .99, dials)),
				number(mean(long, late)) + ", " + number(quantile(long, 1, late)),
				number(quantile(short, .5, visits)) + ", " + number(quantile(short, 1, visits)),
				number(quantile(short, .5, syncs)) + ", " + number(quantile(short, 1, syncs)),
				fmt.Sprint(harmed)})
		}
	}
}

// took is how long a run took to heal; infinite, if it did not.
func took(r trial) float64 {
	if !r.Healed {
		return math.Inf(1)
	}
	return r.Took
}

// times returns the median and the 99th percentile.
func times(runs []trial) string {
	if len(runs) == 0 {
		return "-"
	}
	text := number(quantile(runs, .5, took)) + ", " + number(quantile(runs, .99, took))
	broken := 0
	for i := range runs {
		broken += sign(len(runs[i].wrong()))
	}
	if broken > 0 {
		text += fmt.Sprintf(" (%d broke an invariant)", broken)
	}
	return text
}

// quantile returns the least value that is not below a share of all, or NaN.
func quantile(runs []trial, share float64, of func(trial) float64) float64 {
	var values []float64
	for _, r := range runs {
		values = append(values, of(r))
	}
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	return sim.Percentile(values, share)
}

func mean(runs []trial, of func(trial) float64) float64 {
	sum := 0.0
	for _, r := range runs {
		sum += of(r)
	}
	return sum / float64(len(runs)) // NaN for none
}

// number prints a figure with as many digits as it deserves.
func number(v float64) string {
	switch {
	case math.IsNaN(v):
		return "-"
	case math.IsInf(v, 1):
		return "never"
	case v >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

// count prints a number of nodes: 10,000.
func count(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

func sign(n int) int { return min(n, 1) }

// table writes Markdown.
type table struct{ w io.Writer }

func newTable(w io.Writer, header []string) *table {
	t := &table{w}
	t.row(header)
	fmt.Fprintln(w, "|"+strings.Repeat("---|", len(header)))
	return t
}

func (t *table) row(cells []string) { fmt.Fprintln(t.w, "| "+strings.Join(cells, " | ")+" |") }
