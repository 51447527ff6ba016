package report

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// Protocol shows a table of how gossip fares: the length of protocol periods,
// and calls per second, per node.
func Protocol(answers []Answer[*wire.Stats], absent []Absent) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	columns := []string{"node", "rate", "periods", "min", "mean", "p50", "p95", "p99", "max", "client/s", "server/s", "total/s"}
	fmt.Fprintln(w, strings.Join(columns, "\t")+"\t")
	rows := 0
	for _, a := range answers {
		if a.Err != nil {
			continue
		}
		rows++
		p, unit := a.Value.Protocol, unitOf(a.Value)
		row := []string{a.Node, span(p.ProtocolRate, unit), fmt.Sprintf("%.0f", p.Timing.Count)}
		for _, v := range []float64{p.Timing.Min, p.Timing.Mean, p.Timing.Median, p.Timing.P95, p.Timing.P99, p.Timing.Max} {
			row = append(row, span(v, unit))
		}
		for _, v := range []float64{p.ClientRate, p.ServerRate, p.TotalRate} {
			row = append(row, fmt.Sprintf("%.2f", v))
		}
		fmt.Fprintln(w, strings.Join(row, "\t")+"\t")
	}
	if rows > 0 {
		w.Flush()
	}
	return b.String() + Missing(answers, absent)
}

// unitOf tells the unit of a node's times. Node's ringpop gives all times in
// milliseconds, that of the answer as well, where the others give seconds: a
// number of seconds as large as this lies 3,000 years ahead.
func unitOf(s *wire.Stats) time.Duration {
	if s.Timestamp > 1e11 {
		return time.Millisecond
	}
	return time.Nanosecond
}

// span shows a time in milliseconds.
func span(v float64, unit time.Duration) string {
	return fmt.Sprintf("%.2fms", v*float64(unit)/float64(time.Millisecond))
}
