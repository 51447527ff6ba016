package report

import (
	"fmt"

	"github.com/ringmend/ringmend/lab/result"
)

// hover is what the page shows beside the pointer.
type hover struct {
	Left  float64  `json:"left"`  // of the axis, as parts of the width
	Right float64  `json:"right"` // from the right
	End   float64  `json:"end"`   // seconds
	Bin   float64  `json:"bin"`
	Lines []string `json:"lines"` // one for each bin
}

func hoverOf(a *axis, r *result.Run) hover {
	counts, length := binned(a, r.Ops)
	slowest := make([]float64, len(counts))
	for i := range r.Ops {
		if op := &r.Ops[i]; op.Outcome == result.OK {
			bin := min(len(counts)-1, int(float64(op.Intended)/length))
			slowest[bin] = max(slowest[bin], latencyOf(op))
		}
	}
	lanes := nodeLanes(a, r)
	h := hover{Left: left / width, Right: right / width, End: a.end, Bin: length}
	for i, c := range counts {
		line := ""
		for _, outcome := range result.Outcomes {
			if n := c[outcome]; n > 0 || outcome == result.OK {
				line += fmt.Sprintf("%s %.4g/s  ", outcome, float64(n)/length)
			}
		}
		if slowest[i] > 0 {
			line += fmt.Sprintf("slowest %.4g ms", slowest[i])
		}
		middle := (float64(i) + 0.5) * length
		for _, l := range lanes {
			for _, s := range l.spans {
				if s.from <= middle && middle < s.to {
					line += fmt.Sprintf("\n%s: %s", l.name, s.text)
				}
			}
		}
		h.Lines = append(h.Lines, line)
	}
	return h
}
