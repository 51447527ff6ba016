package report

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"

	"github.com/ringmend/ringmend/lab/result"
)

// The measures of the charts over time, in units of their view boxes.
const (
	width  = 1000.0
	left   = 84.0
	right  = 12.0
	top    = 14.0
	bottom = 26.0
)

// axis is the time axis of all charts of a run.
type axis struct {
	end      float64 // seconds
	faults   bool
	from, to float64 // of the fault
	what     string
	actions  []result.Event
}

func newAxis(r *result.Run) *axis {
	a := &axis{end: r.Config.DurationS, what: r.Config.FaultName()}
	from, to, any := result.Window(r.Config, r.Events)
	a.from, a.to, a.faults = float64(from), float64(to), any
	for _, e := range r.Events {
		if e.Kind == result.Action {
			a.actions = append(a.actions, e)
		}
	}
	return a
}

func (a *axis) x(t float64) float64 {
	return left + (width-left-right)*min(max(t/a.end, 0), 1)
}

// picture is an SVG being drawn.
type picture struct {
	b      strings.Builder
	height float64
}

// begin starts a chart over time, with the fault shaded.
func (a *axis) begin(height float64, label string) *picture {
	p := &picture{height: height}
	fmt.Fprintf(&p.b, `<svg class="time" viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, width, height, html.EscapeString(label))
	if a.faults {
		fmt.Fprintf(&p.b, `<rect class="fault" x="%.1f" width="%.1f" y="%.0f" height="%.1f"><title>%s</title></rect>`,
			a.x(a.from), max(1, a.x(a.to)-a.x(a.from)), top, height-top-bottom, html.EscapeString(a.what))
	}
	for i, e := range a.actions {
		if i == maxMarks {
			break
		}
		fmt.Fprintf(&p.b, `<line class="action" x1="%[1]s" x2="%[1]s" y1="%[2]g" y2="%.1[3]f"><title>%.1[4]f s: %[5]s</title></line>`,
			fmt.Sprintf("%.1f", a.x(float64(e.At))), top, height-bottom, float64(e.At), html.EscapeString(e.Detail))
	}
	for _, t := range ticks(a.end) {
		fmt.Fprintf(&p.b, `<text x="%.1f" y="%.1f" text-anchor="middle">%.6g s</text>`, a.x(t), height-6, t)
	}
	return p
}

// maxMarks bounds the lines of one kind.
const maxMarks = 500

func (p *picture) done() template.HTML {
	p.b.WriteString("</svg>")
	return template.HTML(p.b.String()) // made of numbers and escaped text only
}

// grid draws a horizontal line with a value.
func (p *picture) grid(y float64, text string) {
	fmt.Fprintf(&p.b, `<line class="grid" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/><text x="%g" y="%.1f" text-anchor="end">%s</text>`,
		left, width-right, y, y, left-6, y+4, html.EscapeString(text))
}

// ticks returns some round values from 0 up to a maximum.
func ticks(most float64) (list []float64) {
	if !(most > 0) {
		return []float64{0}
	}
	step := math.Pow(10, math.Floor(math.Log10(most)))
	switch {
	case most/step < 2:
		step /= 5
	case most/step < 5:
		step /= 2
	}
	for v := 0.0; v <= most*1.0001; v += step {
		list = append(list, v)
	}
	return list
}

// bins are parts of the time, as long as each other.
func (a *axis) bins() (count int, length float64) {
	length = 1.0
	for a.end/length > 120 {
		length *= 2
	}
	for a.end/length < 30 {
		length /= 2
	}
	return int(math.Ceil(a.end / length)), length
}

// binned counts operations by when they were to start, and how they ended.
func binned(a *axis, ops []result.Op) (counts []map[result.Outcome]int, length float64) {
	n, length := a.bins()
	counts = make([]map[result.Outcome]int, n)
	for i := range counts {
		counts[i] = map[result.Outcome]int{}
	}
	for i := range ops {
		bin := min(n-1, max(0, int(float64(ops[i].Intended)/length)))
		counts[bin][ops[i].Outcome]++
	}
	return counts, length
}
