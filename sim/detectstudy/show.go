package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/sim"
	"github.com/ringmend/ringmend/sim/report"
)

// show writes the tables.
func show(w io.Writer, gone, well []row) error {
	var b strings.Builder
	table(&b, gone, (*outcome).times)
	b.WriteByte('\n')
	table(&b, well, (*outcome).accusations)
	_, err := io.WriteString(w, b.String())
	return err
}

// table writes a row for each situation, with a column for each of the rules.
func table(b *strings.Builder, rows []row, text func(*outcome) string) {
	b.WriteString("| members | what happens |")
	for _, r := range rules {
		fmt.Fprintf(b, " %s |", r.title)
	}
	fmt.Fprintf(b, "\n%s\n", "|---|---|"+strings.Repeat("---|", len(rules)))
	for _, r := range rows {
		fmt.Fprintf(b, "| %d | %s |", r.nodes, r.title)
		for i := range r.outcomes {
			fmt.Fprintf(b, " %s |", text(&r.outcomes[i]))
		}
		b.WriteByte('\n')
	}
}

// times returns the median and the longest.
func (o *outcome) times() string {
	if o.never {
		return "not within minutes"
	}
	return fmt.Sprintf("%.1f, %.1f", o.median(), slices.Max(o.known))
}

func (o *outcome) median() float64 {
	return sim.Percentile(slices.Sorted(slices.Values(o.known)), 0.5)
}

// accusations returns how often members that are well were declared faulty, and accused.
func (o *outcome) accusations() string {
	return fmt.Sprintf("%.3g, %.3g", float64(o.declared)/float64(o.runs), float64(o.accused)/float64(o.runs))
}

// chart draws the times over the size of the cluster, a panel for each way to go.
func chart(gone []row) ([]byte, error) {
	p := report.Panels{
		Title:    "From the end of a member until all others hold it faulty",
		X:        "number of nodes",
		Y:        "seconds, median and longest",
		YTicks:   []float64{1, 3, 10, 30},
		PerRow:   2,
		Footnote: "Simulated; memberlist's rules are a model. Both axes are logarithmic.",
	}
	for _, r := range rules {
		p.Lines = append(p.Lines, r.title)
	}
	for _, r := range gone {
		if r.lost > 1 {
			continue
		}
		place := slices.IndexFunc(p.Panels, func(panel report.Panel) bool { return panel.Title == r.title })
		if place < 0 {
			place = len(p.Panels)
			p.Panels = append(p.Panels, report.Panel{Title: r.title, Lines: make([][]report.Point, len(rules))})
		}
		lines := p.Panels[place].Lines
		for i := range r.outcomes {
			o := &r.outcomes[i]
			point := report.Point{X: float64(r.nodes), Y: math.Inf(1), To: math.Inf(1)}
			if !o.never {
				point.Y, point.To = o.median(), slices.Max(o.known)
			}
			lines[i] = append(lines[i], point)
		}
		if !slices.Contains(p.XTicks, float64(r.nodes)) {
			p.XTicks = append(p.XTicks, float64(r.nodes))
		}
	}
	var b bytes.Buffer
	err := p.WriteSVG(&b)
	return b.Bytes(), err
}
