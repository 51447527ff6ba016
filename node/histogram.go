package node

import "slices"

// Histogram sums up values in fixed buckets, as Prometheus does: each bucket
// counts all values up to its bound, and so those of the buckets before it, too.
type Histogram struct {
	Buckets []Bucket `json:"buckets"` // by bound, ascending
	Count   uint64   `json:"count"`   // of all values, those above the last bound included
	Sum     float64  `json:"sum"`
}

// Bucket counts the values up to a bound.
type Bucket struct {
	UpTo  float64 `json:"le"`
	Count uint64  `json:"count"`
}

var (
	// secondsBounds reach from a visit on one machine to a split that lasts a day.
	secondsBounds = []float64{0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 21600, 86400}
	// membersBounds reach up to the largest table.
	membersBounds = []float64{1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 32768}
)

func newHistogram(bounds []float64) Histogram {
	h := Histogram{Buckets: make([]Bucket, len(bounds))}
	for i, bound := range bounds {
		h.Buckets[i].UpTo = bound
	}
	return h
}

func (h *Histogram) add(value float64) {
	h.Count++
	h.Sum += value
	for i := range h.Buckets {
		if value <= h.Buckets[i].UpTo {
			h.Buckets[i].Count++
		}
	}
}

// clone returns a copy that does not change any more.
func (h *Histogram) clone() Histogram {
	c := *h
	c.Buckets = slices.Clone(h.Buckets)
	return c
}
