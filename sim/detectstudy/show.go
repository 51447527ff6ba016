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
	header(&b, "| members | what happens |")
	for _, r := range gone {
		fmt.Fprintf(&b, "| %d | %s |", r.nodes, r.title)
		for i := range r.outcomes {
			fmt.Fprintf(&b, " %s |", r.outcomes[i].times())
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	header(&b, "| members | what happens |")
	for _, r := range well {
		fmt.Fprintf(&b, "| %d | %s |", r.nodes, r.title)
		for i := range r.outcomes {
			o := &r.outcomes[i]
			fmt.Fprintf(&b, " %s, %s |", perRun(o.declared, o.runs), perRun(o.accused, o.runs))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func header(b *strings.Builder, first string) {
	b.WriteString(first)
	for _, r := range rules {
		fmt.Fprintf(b, " %s |", r.title)
	}
	fmt.Fprintf(b, "\n%s\n", "|---|---|"+strings.Repeat("---|", len(rules)))
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

func perRun(count, runs int) string {
	return fmt.Sprintf("%.3g", float64(count)/float64(runs))
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
	panels := make(map[string]*report.Panel)
	var order []string
	for _, r := range gone {
		if r.lost > 1 {
			continue
		}
		panel := panels[r.title]
		if panel == nil {
			panel = &report.Panel{Title: r.title, Lines: make([][]report.Point, len(rules))}
			panels[r.title] = panel
			order = append(order, r.title)
		}
		for i := range r.outcomes {
			o := &r.outcomes[i]
			point := report.Point{X: float64(r.nodes), Y: math.Inf(1), To: math.Inf(1)}
			if !o.never {
				point.Y, point.To = o.median(), slices.Max(o.known)
			}
			panel.Lines[i] = append(panel.Lines[i], point)
		}
		if !slices.Contains(p.XTicks, float64(r.nodes)) {
			p.XTicks = append(p.XTicks, float64(r.nodes))
		}
	}
	for _, title := range order {
		p.Panels = append(p.Panels, *panels[title])
	}
	var b bytes.Buffer
	err := p.WriteSVG(&b)
	return b.Bytes(), err
}
