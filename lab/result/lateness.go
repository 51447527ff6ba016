package result

import (
	"fmt"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Lateness is how late the lab itself was, in milliseconds. On a busy machine operations are
// started late and packets are delivered late, nodes wait for a CPU just as long, and what is
// measured is the machine.
type Lateness struct {
	// Operations is from when they were to start until they did.
	Operations *Latency `json:"operations"`
	// Packets is from when they were due at the receiver until they were given to it.
	Packets *Latency `json:"packets"`
	// Load is /proc/loadavg at the end; that at the beginning is in config.json.
	Load string `json:"load"`
}

// NewHistogram returns a histogram for [RecordTime] and [LatencyOf].
func NewHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(lowest, highest, digits) }

// RecordTime adds a time to a histogram; those out of bounds count as the bound.
func RecordTime(h *hdrhistogram.Histogram, s Seconds) {
	// Within the bounds it cannot fail.
	_ = h.RecordValue(min(highest, max(lowest, int64(s*1e6))))
}

// LatencyOf returns the percentiles of a histogram, nil if it is empty.
func LatencyOf(h *hdrhistogram.Histogram) *Latency {
	if h.TotalCount() == 0 {
		return nil
	}
	ms := func(us int64) float64 { return float64(us) / 1000 }
	return &Latency{
		ms(h.ValueAtQuantile(50)), ms(h.ValueAtQuantile(90)), ms(h.ValueAtQuantile(99)),
		ms(h.ValueAtQuantile(99.9)), ms(h.Max()), h.TotalCount(),
	}
}

// lateness of the operations; the rest is for who has carried the packets.
func latenessOf(ops []Op) *Lateness {
	h := NewHistogram()
	for i := range ops {
		RecordTime(h, ops[i].Started-ops[i].Intended)
	}
	return &Lateness{Operations: LatencyOf(h)}
}

// Busy returns what on a machine was late, in words. A run is void when one in a hundred
// operations or packets was later than the limit, and doubtful when it was later than a
// tenth of that, or any was later than the limit.
func (l *Lateness) Busy(c *Config) (void bool, words string) {
	limit := c.MaxLateness.Seconds() * 1000
	for _, of := range []struct {
		what  string
		times *Latency
	}{{"operations were started", l.Operations}, {"packets were delivered", l.Packets}} {
		switch t := of.times; {
		case t == nil:
		case t.P99 > limit:
			return true, fmt.Sprintf("the machine was too busy: 1 %% of the %s more than %.0f ms late, the limit is %.0f ms", of.what, t.P99, limit)
		case words == "" && (t.P99 > limit/10 || t.Max > limit):
			words = fmt.Sprintf("the machine was busy: 1 %% of the %s more than %.1f ms late, one %.0f ms", of.what, t.P99, t.Max)
		}
	}
	return false, words
}
