package stats

import (
	"math"
	"runtime/metrics"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// Memory reads figures that, unlike those of runtime.ReadMemStats, do not
// stop the program.
func Memory() wire.MemoryStats {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(samples)
	value := func(i int) uint64 { return samples[i].Value.Uint64() }
	return wire.MemoryStats{
		RSS:       value(0),
		HeapTotal: value(1) + value(2) + value(3),
		HeapUsed:  value(1),
	}
}

// Timing sums up durations in nanoseconds. It sorts them.
func Timing(durations []time.Duration) wire.Timing {
	t := wire.Timing{Type: "histogram", Count: float64(len(durations))}
	if len(durations) == 0 {
		return t
	}
	slices.Sort(durations)
	for _, d := range durations {
		t.Sum += float64(d)
	}
	t.Mean = t.Sum / t.Count
	for _, d := range durations {
		t.Variance += (float64(d) - t.Mean) * (float64(d) - t.Mean) / t.Count
	}
	percentile := func(p float64) float64 {
		i := int(math.Ceil(p*t.Count)) - 1
		return float64(durations[max(0, i)])
	}
	t.StdDev = math.Sqrt(t.Variance)
	t.Min, t.Max = float64(durations[0]), float64(durations[len(durations)-1])
	t.Median, t.P75, t.P95 = percentile(0.5), percentile(0.75), percentile(0.95)
	t.P99, t.P999 = percentile(0.99), percentile(0.999)
	return t
}
