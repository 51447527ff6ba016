package main

import (
	"bytes"

	"github.com/ringmend/ringmend/sim/report"
)

// chart draws how long healing took over the size of the cluster, a panel for
// each shape.
func chart(s *study) ([]byte, error) {
	p := report.Panels{
		Title:    "From the network's return to one checksum everywhere",
		X:        "number of nodes",
		Y:        "seconds, median and up to the 99th percentile",
		YTicks:   []float64{0.1, 1, 10, 100},
		Goals:    []float64{3, 10},
		GoalText: "goals: 3 s, and 10 s for the 99th percentile",
		Lines:    s.rules(),
		PerRow:   4,
		Footnote: "Whole clusters of the production core on a virtual clock. Both axes are logarithmic. A point at the upper edge is a cluster that did not heal.",
	}
	for _, n := range s.sizes() {
		p.XTicks = append(p.XTicks, float64(n))
	}
	for _, shape := range s.shapes() {
		panel := report.Panel{Title: shape}
		for _, rules := range s.rules() {
			panel.Lines = append(panel.Lines, s.line(shape, rules))
		}
		p.Panels = append(p.Panels, panel)
	}
	var b bytes.Buffer
	err := p.WriteSVG(&b)
	return b.Bytes(), err
}

// line returns the times of a shape by size.
func (s *study) line(shape, rules string) []report.Point {
	var line []report.Point
	for _, n := range s.sizes() {
		if c := s.find(shape, n, rules); c != nil {
			line = append(line, report.Point{X: float64(n), Y: quantile(c.Runs, .5, took), To: quantile(c.Runs, .99, took)})
		}
	}
	return line
}
