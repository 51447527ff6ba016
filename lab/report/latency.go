package report

import (
	"fmt"
	"html"
	"html/template"
	"math"

	"github.com/ringmend/ringmend/lab/result"
)

// maxPoints bounds what is drawn of operations: a page must stay light.
const maxPoints = 6000

// latencyChart shows a point for each operation. When there are too many, of fast
// successful ones every n-th is drawn, and all others.
func latencyChart(a *axis, r *result.Run) template.HTML {
	const height = 260.0
	low, high := 1.0, 100.0 // ms
	ordinary := 0
	slow := slowerThan(r)
	for i := range r.Ops {
		ms := latencyOf(&r.Ops[i])
		low, high = min(low, ms), max(high, ms)
		if r.Ops[i].Outcome == result.OK && ms <= slow {
			ordinary++
		}
	}
	p := a.begin(height, "latency of each operation over time, logarithmic")
	y, powers := logarithmic(height, low, high)
	for _, v := range powers {
		p.grid(y(v), msText(v))
	}
	wrong := map[int]string{}
	for _, c := range r.Summary.Checks {
		for _, w := range c.Where {
			wrong[w.ID] = w.Text
		}
	}
	stride, others, seen := 1+ordinary/maxPoints, 0, 0
	for i := range r.Ops {
		op := &r.Ops[i]
		ms := latencyOf(op)
		if op.Outcome == result.OK && ms <= slow && wrong[op.ID] == "" {
			if seen++; seen%stride != 0 {
				continue
			}
		} else if others++; others > maxPoints {
			continue
		}
		class, radius, text := string(op.Outcome), 1.6, describe(op)
		if why := wrong[op.ID]; why != "" {
			class, radius, text = "wrong", 4, why
		}
		fmt.Fprintf(&p.b, `<circle class="%s" cx="%.1f" cy="%.1f" r="%g"><title>%s</title></circle>`, class, a.x(float64(op.Intended)), y(ms), radius, html.EscapeString(text))
	}
	return p.done()
}

// logarithmic returns the scale of a chart of that height that has room for both values:
// where a value is, and the powers of ten from end to end.
func logarithmic(height, low, high float64) (y func(v float64) float64, powers []float64) {
	low, high = math.Pow(10, math.Floor(math.Log10(low))), math.Pow(10, math.Ceil(math.Log10(high)))
	for v := low; v <= high*1.001; v *= 10 {
		powers = append(powers, v)
	}
	return func(v float64) float64 {
		return height - bottom - (height-top-bottom)*math.Log(max(v, low)/low)/math.Log(high/low)
	}, powers
}

// slowerThan is a latency in ms that few operations are above.
func slowerThan(r *result.Run) float64 {
	most := 0.0
	for _, p := range r.Summary.Phases {
		if p.All.Latency != nil {
			most = max(most, p.All.Latency.P99)
		}
	}
	return most
}

func latencyOf(op *result.Op) float64 { return max(0.001, float64(op.Latency())*1000) }

func msText(ms float64) string {
	switch {
	case ms >= 1000:
		return fmt.Sprintf("%g s", ms/1000)
	case ms < 1:
		return fmt.Sprintf("%g µs", ms*1000)
	}
	return fmt.Sprintf("%g ms", ms)
}

func describe(op *result.Op) string {
	text := fmt.Sprintf("%.3f s: %s %s at node %d, %s after %.1f ms", op.Intended, op.Op, op.Key, op.Node, op.Outcome, float64(op.Latency())*1000)
	if op.Error != "" {
		text += ": " + op.Error
	}
	return text
}
