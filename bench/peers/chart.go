package main

import (
	"io"
	"maps"
	"math"
	"slices"

	"github.com/ringmend/ringmend/sim/report"
)

// chart draws our figures as parts of the others', a panel for each figure. Below 1
// ours is the smaller one.
func (s *study) chart(w io.Writer) error {
	p := report.Panels{
		Title:    "ringmend beside ringpop-go and memberlist",
		X:        "number of nodes",
		Y:        "our figure divided by theirs, median, and most by least",
		YTicks:   []float64{0.01, 0.1, 1, 10},
		Goals:    []float64{1},
		GoalText: "the same",
		PerRow:   4,
		Footnote: "Both axes are logarithmic. Less than 1 is better for ringmend. A line is missing where the other program did not get there.",
	}
	var others []string
	for _, program := range s.programs() {
		if program != ours {
			others = append(others, program)
			p.Lines = append(p.Lines, "of "+program)
		}
	}
	seen := make(map[int]bool)
	for _, m := range s.Samples {
		seen[m.Nodes] = true
	}
	for _, n := range slices.Sorted(maps.Keys(seen)) {
		p.XTicks = append(p.XTicks, float64(n))
	}
	for _, f := range figures {
		panel := report.Panel{Title: f.short}
		points := 0
		for _, other := range others {
			line := s.line(f, other)
			panel.Lines = append(panel.Lines, line)
			points += len(line)
		}
		if points > 0 {
			p.Panels = append(p.Panels, panel)
		}
	}
	return p.WriteSVG(w)
}

// line returns the ratios to a program by size, up to the worst that the runs allow.
func (s *study) line(f figure, other string) (line []report.Point) {
	for _, n := range s.sizes(f.kind) {
		ratio, ok := s.ratio(f, n, other)
		if !ok {
			continue
		}
		mine, _ := spreadOf(s.values(f, n, ours))
		theirs, _ := spreadOf(s.values(f, n, other))
		worst := math.Inf(1)
		if theirs.least > 0 {
			worst = mine.most / theirs.least
		}
		line = append(line, report.Point{X: float64(n), Y: ratio, To: worst})
	}
	return line
}
