package sim

import (
	"math"
	"slices"
	"time"

	"github.com/ringmend/ringmend/sim/internal/hash"
	"github.com/ringmend/ringmend/sim/world"
)

// Summary adds up many runs.
type Summary struct {
	Runs       int
	Violations []*world.Violation
	TraceHash  uint64 // of the run, or of all runs in their order if there are more
	Virtual    time.Duration
	Events     uint64
	rows       []row
}

type row struct {
	name, unit string
	of         func(*Result) []float64
	values     []float64
}

// Row is one figure over all runs.
type Row struct {
	Name string `json:"name"`
	Unit string `json:"unit"`
	// Count is how many values there are: some runs have none, some several.
	Count  int     `json:"count"`
	Mean   float64 `json:"mean"`
	Median float64 `json:"median"`
	P99    float64 `json:"p99"`
	Max    float64 `json:"max"`
}

// NewSummary returns a summary of no runs.
func NewSummary() *Summary {
	one := func(f func(*Result) float64) func(*Result) []float64 {
		return func(r *Result) []float64 { return []float64{f(r)} }
	}
	return &Summary{rows: []row{
		{name: "time to converge", unit: "s", of: func(r *Result) []float64 {
			if !r.Converged {
				return nil
			}
			return []float64{r.ConvergeTime.Seconds()}
		}},
		{name: "one view after the last fault", unit: "s", of: func(r *Result) []float64 {
			if !r.Converged || r.Violation != nil {
				return nil
			}
			return []float64{r.SettleTime.Seconds()}
		}},
		{name: "heal after a cut", unit: "s", of: func(r *Result) []float64 { return seconds(r.HealTimes) }},
		{name: "first detection of a crash", unit: "s", of: func(r *Result) []float64 { return seconds(r.FirstDetections) }},
		{name: "last detection of a crash", unit: "s", of: func(r *Result) []float64 { return seconds(r.LastDetections) }},
		{name: "false positives, healthy", unit: "", of: one(func(r *Result) float64 { return float64(r.HealthyAccused) })},
		{name: "false positives", unit: "", of: one(func(r *Result) float64 { return float64(r.FalsePositives) })},
		{name: "different views at once", unit: "", of: one(func(r *Result) float64 { return float64(r.MaxViews) })},
		{name: "messages per node", unit: "/s", of: one(func(r *Result) float64 { return r.PerNode(r.Messages) })},
		{name: "bytes per node", unit: "/s", of: one(func(r *Result) float64 { return r.PerNode(r.Bytes) })},
		{name: "most messages of a node in 10 s", unit: "", of: one(func(r *Result) float64 { return float64(r.MostMessages) })},
		{name: "refutations", unit: "", of: one(func(r *Result) float64 { return float64(r.Refutations) })},
		{name: "full syncs", unit: "", of: one(func(r *Result) float64 { return float64(r.FullSyncs) })},
		{name: "joins", unit: "", of: one(func(r *Result) float64 { return float64(r.Joins) })},
		{name: "visits of other sides", unit: "", of: one(func(r *Result) float64 { return float64(r.Visits) })},
		{name: "visits that reached no node", unit: "", of: one(func(r *Result) float64 { return float64(r.DeadDials) })},
		{name: "killed by a visit's race", unit: "", of: one(func(r *Result) float64 { return float64(r.Races) })},
	}}
}

func seconds(list []time.Duration) []float64 {
	values := make([]float64, len(list))
	for i, d := range list {
		values[i] = d.Seconds()
	}
	return values
}

// Add adds a run.
func (s *Summary) Add(r *Result) {
	s.Runs++
	if s.Runs == 1 {
		s.TraceHash = r.TraceHash
	} else {
		s.TraceHash = hash.Mix(s.TraceHash, r.TraceHash)
	}
	s.Virtual += r.Virtual
	s.Events += r.Steps
	if r.Violation != nil {
		s.Violations = append(s.Violations, r.Violation)
	}
	for i := range s.rows {
		s.rows[i].values = append(s.rows[i].values, s.rows[i].of(r)...)
	}
}

// Rows returns the figures that there are values of.
func (s *Summary) Rows() []Row {
	var rows []Row
	for _, r := range s.rows {
		if len(r.values) == 0 {
			continue
		}
		sorted := slices.Sorted(slices.Values(r.values))
		rows = append(rows, Row{
			Name: r.name, Unit: r.unit, Count: len(sorted), Mean: mean(sorted),
			Median: Percentile(sorted, 0.5), P99: Percentile(sorted, 0.99), Max: sorted[len(sorted)-1],
		})
	}
	return rows
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// Percentile returns the least value that is not below a share of all, which are
// sorted.
func Percentile(sorted []float64, share float64) float64 {
	i := int(math.Ceil(share*float64(len(sorted)))) - 1
	return sorted[max(0, i)]
}
