package report

import (
	"fmt"
	"html"
	"html/template"

	"github.com/ringmend/ringmend/lab/result"
)

// percentilesChart shows the latencies of successful operations by phase.
func percentilesChart(r *result.Run) template.HTML {
	const height, chartWidth = 220.0, 560.0
	names := []string{"p50", "p90", "p99", "p99.9", "max"}
	low, high := 1.0, 100.0
	values := func(l *result.Latency) []float64 { return []float64{l.P50, l.P90, l.P99, l.P999, l.Max} }
	for _, p := range r.Summary.Phases {
		if p.All.Latency != nil {
			for _, v := range values(p.All.Latency) {
				low, high = min(low, max(v, 0.001)), max(high, v)
			}
		}
	}
	p := new(picture)
	fmt.Fprintf(&p.b, `<svg class="percentiles" viewBox="0 0 %g %g" role="img" aria-label="percentiles of the latency by phase">`, chartWidth, height)
	y, powers := logarithmic(height, low, high)
	for _, v := range powers {
		fmt.Fprintf(&p.b, `<line class="grid" x1="60" x2="%g" y1="%.1f" y2="%.1f"/><text x="54" y="%.1f" text-anchor="end">%s</text>`, chartWidth-10, y(v), y(v), y(v)+4, msText(v))
	}
	x := func(i int) float64 { return 100 + float64(i)*100 }
	for i, name := range names {
		fmt.Fprintf(&p.b, `<text x="%g" y="%g" text-anchor="middle">%s</text>`, x(i), height-6, name)
	}
	for _, phase := range r.Summary.Phases {
		if phase.All.Latency == nil {
			continue
		}
		path := ""
		for i, v := range values(phase.All.Latency) {
			path += fmt.Sprintf("%c%g %.1f", "ML"[min(i, 1)], x(i), y(v))
			fmt.Fprintf(&p.b, `<circle class="phase-%[1]s" cx="%[2]g" cy="%.1[3]f" r="3.5"><title>%[1]s, %[4]s: %.4[5]g ms</title></circle>`, html.EscapeString(phase.Name), x(i), y(v), names[i], v)
		}
		fmt.Fprintf(&p.b, `<path class="phase-%s" d="%s"/>`, html.EscapeString(phase.Name), path)
	}
	return p.done()
}
