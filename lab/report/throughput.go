package report

import (
	"fmt"
	"html/template"

	"github.com/ringmend/ringmend/lab/result"
)

// throughputChart shows how many operations ended how, in columns on top of each other.
func throughputChart(a *axis, r *result.Run) template.HTML {
	const height = 190.0
	counts, length := binned(a, r.Ops)
	most := 1.0
	for _, c := range counts {
		sum := 0
		for _, n := range c {
			sum += n
		}
		most = max(most, float64(sum)/length)
	}
	p := a.begin(height, "operations a second over time, by outcome")
	const headroom = 1.12 // in which the fault's shade can be seen
	y := func(v float64) float64 { return height - bottom - (height-top-bottom)*v/most/headroom }
	for _, v := range ticks(most) {
		p.grid(y(v), fmt.Sprintf("%.6g", v))
	}
	for i, c := range counts {
		at, below := float64(i)*length, 0.0
		for _, outcome := range result.Outcomes {
			v := float64(c[outcome]) / length
			if v == 0 {
				continue
			}
			x := a.x(at)
			fmt.Fprintf(&p.b, `<rect class="%s" x="%.1f" width="%.1f" y="%.1f" height="%.1f"/>`, outcome, x+.4, max(.5, a.x(at+length)-x-.8), y(below+v), y(below)-y(below+v))
			below += v
		}
	}
	return p.done()
}
