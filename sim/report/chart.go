package report

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
	"time"

	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim"
	"github.com/ringmend/ringmend/sim/measure"
)

// The size of a chart and the room around what is drawn, in its own units.
const (
	width, height            = 960, 240
	left, right, top, bottom = 56, 12, 12, 30
)

// chart draws series over the time of a run.
type chart struct {
	b      strings.Builder
	run    time.Duration
	maxY   float64
	labels string
}

func newChart(r *sim.Result, title string, maxY float64) *chart {
	c := &chart{run: max(r.Virtual, time.Second), maxY: max(maxY, 1)}
	fmt.Fprintf(&c.b, `<h2>%s</h2><svg viewBox="0 0 %d %d" role="img" aria-label="%s">`, html.EscapeString(title), width, height, html.EscapeString(title))
	for _, w := range r.Windows {
		c.window(w)
	}
	c.axes()
	return c
}

func (c *chart) x(t time.Duration) float64 {
	return left + float64(min(t, c.run))/float64(c.run)*(width-left-right)
}

func (c *chart) y(v float64) float64 {
	return height - bottom - v/c.maxY*(height-top-bottom)
}

// window shades the time of a fault.
func (c *chart) window(w measure.Window) {
	from, to := c.x(w.From), c.x(w.To)
	what := html.EscapeString(w.What)
	if w.To == w.From {
		fmt.Fprintf(&c.b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#b9742a" stroke-dasharray="3 3"><title>%s</title></line>`, from, from, top, height-bottom, what)
		return
	}
	fmt.Fprintf(&c.b, `<rect x="%.1f" width="%.1f" y="%d" height="%d" fill="#f4c98b" fill-opacity=".35"><title>%s</title></rect>`, from, max(1, to-from), top, height-top-bottom, what)
}

func (c *chart) axes() {
	for _, v := range ticks(c.maxY) {
		fmt.Fprintf(&c.b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#e1e6eb"/><text x="%d" y="%.1f" text-anchor="end">%.6g</text>`, left, width-right, c.y(v), c.y(v), left-6, c.y(v)+4, v)
	}
	for _, v := range ticks(c.run.Seconds()) {
		x := c.x(time.Duration(v * float64(time.Second)))
		fmt.Fprintf(&c.b, `<text x="%.1f" y="%d" text-anchor="middle">%.6g s</text>`, x, height-10, v)
	}
}

// ticks returns some round values from 0 up to a maximum.
func ticks(most float64) []float64 {
	step := math.Pow(10, math.Floor(math.Log10(most)))
	switch {
	case most/step < 2:
		step /= 5
	case most/step < 5:
		step /= 2
	}
	var list []float64
	for v := 0.0; v <= most*1.0001; v += step {
		list = append(list, v)
	}
	return list
}

// maxPoints bounds the points of a line; more cannot be seen.
const maxPoints = 3000

// line draws steps: each value holds until the next.
func (c *chart) line(series []measure.Sample, colour string, of func(measure.Sample) float64) {
	var path strings.Builder
	last := math.NaN()
	stride := 1 + len(series)/maxPoints
	for i := 0; i < len(series); i += stride {
		s := series[i]
		v := of(s)
		if v == last && i+stride < len(series) {
			continue
		}
		if i == 0 {
			fmt.Fprintf(&path, "M%.1f %.1f", c.x(s.At), c.y(v))
		} else {
			fmt.Fprintf(&path, "H%.1fV%.1f", c.x(s.At), c.y(v))
		}
		last = v
	}
	fmt.Fprintf(&c.b, `<path d="%s" fill="none" stroke="%s" stroke-width="1.6"/>`, path.String(), colour)
}

// key adds a line's name.
func (c *chart) key(colour, name string) {
	c.labels += fmt.Sprintf(` <span style="color:%s">&#9632;</span> %s`, colour, html.EscapeString(name))
}

func (c *chart) done() template.HTML {
	out := c.b.String() + "</svg>"
	if c.labels != "" {
		out += "<p>" + c.labels + "</p>"
	}
	return template.HTML(out) // made of numbers and escaped text only
}

func viewsChart(r *sim.Result) template.HTML {
	most := 1.0
	for _, s := range r.Series {
		most = max(most, float64(s.Views))
	}
	c := newChart(r, "Different checksums", most)
	c.line(r.Series, "#1f5fa8", func(s measure.Sample) float64 { return float64(s.Views) })
	return c.done()
}

var statusColours = map[wire.Status]string{
	wire.Alive: "#23824a", wire.Suspect: "#c98a00", wire.Faulty: "#b3261e", wire.Leave: "#6b50a8", wire.Tombstone: "#5b6670",
}

func statusesChart(r *sim.Result) template.HTML {
	most := 1.0
	for _, s := range r.Series {
		for _, n := range s.Statuses {
			most = max(most, float64(n))
		}
	}
	c := newChart(r, "What all nodes hold all members, by status", most)
	for status := wire.Alive; status <= wire.Tombstone; status++ {
		used := false
		for _, s := range r.Series {
			used = used || s.Statuses[status] > 0
		}
		if used {
			c.line(r.Series, statusColours[status], func(s measure.Sample) float64 { return float64(s.Statuses[status]) })
			c.key(statusColours[status], status.String())
		}
	}
	return c.done()
}

// healChart shows visits of healers: which of them made members reincarnate, and
// which merged.
func healChart(r *sim.Result) template.HTML {
	if len(r.Heals) == 0 {
		return ""
	}
	c := newChart(r, "Phases of healing, visit by visit", 3)
	colours := map[bool]string{false: "#c98a00", true: "#23824a"}
	for i, h := range r.Heals {
		if i == maxPoints {
			break
		}
		v := 1.0
		if h.Merge {
			v = 2
		}
		fmt.Fprintf(&c.b, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s" fill-opacity=".7"><title>%v</title></circle>`, c.x(h.At), c.y(v), colours[h.Merge], h.At.Round(time.Millisecond))
	}
	c.key(colours[false], "members must reincarnate (1)")
	c.key(colours[true], "merge (2)")
	return c.done()
}
