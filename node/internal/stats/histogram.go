package stats

import (
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

var (
	// secondsBounds reach from a visit on one machine to a split that lasts a day.
	secondsBounds = []float64{0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 21600, 86400}
	// membersBounds reach up to the largest table.
	membersBounds = []float64{1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 32768}
)

func newHistogram(bounds []float64) wire.Histogram {
	h := wire.Histogram{Buckets: make([]wire.Bucket, len(bounds))}
	for i, bound := range bounds {
		h.Buckets[i].UpTo = bound
	}
	return h
}

// add counts a value.
func add(h *wire.Histogram, value float64) {
	h.Count++
	h.Sum += value
	for i := range h.Buckets {
		if value <= h.Buckets[i].UpTo {
			h.Buckets[i].Count++
		}
	}
}

// clone returns a copy that does not change any more.
func clone(h *wire.Histogram) wire.Histogram {
	c := *h
	c.Buckets = slices.Clone(h.Buckets)
	return c
}
