package result

import (
	"github.com/HdrHistogram/hdrhistogram-go"
)

// Phase is a part of a run. The phases are before, during and after the fault; a run
// without one has them, too.
type Phase struct {
	Name     string  `json:"name"`
	From     Seconds `json:"from"`
	To       Seconds `json:"to"`
	All      Stats   `json:"all"`
	PerNode  []Stats `json:"perNode"`
	Answered float64 `json:"answered"` // percent
	// Leaders is how often there was a new leader.
	Leaders int `json:"leaders"`
	// Gap is the longest time without a successful operation.
	Gap Seconds `json:"gap"`
}

// Stats are about the operations that were to start in a phase; those that are under way
// when the fault begins belong to it.
type Stats struct {
	Counts     map[Outcome]int `json:"counts"`
	Throughput float64         `json:"throughput"` // successful operations a second
	// Latencies of successful operations in milliseconds, by percentile.
	Latency *Latency `json:"latency"`
}

// Latency is in milliseconds.
type Latency struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99.9"`
	Max  float64 `json:"max"`
	N    int64   `json:"n"`
}

// Phase returns the phase of a name, nil if the run has none.
func (s *Summary) Phase(name string) *Phase {
	for i := range s.Phases {
		if s.Phases[i].Name == name {
			return &s.Phases[i]
		}
	}
	return nil
}

// has reports whether an operation is one of the phase: by when it was to start, but
// what is under way when the fault begins is met by it.
func (p *Phase) has(op *Op, fault Seconds) bool {
	at := op.Intended
	if at < fault && op.Ended > fault {
		at = fault
	}
	return at >= p.From && at < p.To
}

func (p *Phase) fill(c *Config, ops []Op, fault Seconds) {
	all := newTally()
	nodes := make([]*tally, c.Nodes)
	for i := range nodes {
		nodes[i] = newTally()
	}
	for i := range ops {
		op := &ops[i]
		if !p.has(op, fault) {
			continue
		}
		all.add(op)
		if op.Node <= len(nodes) {
			nodes[op.Node-1].add(op)
		}
	}
	p.All = all.stats(p.To - p.From)
	total := 0
	for _, n := range p.All.Counts {
		total += n
	}
	if total > 0 {
		p.Answered = 100 * float64(p.All.Counts[OK]) / float64(total)
	}
	for _, n := range nodes {
		p.PerNode = append(p.PerNode, n.stats(p.To-p.From))
	}
}

// Latencies are recorded from 1 us to 1 min with 3 digits.
const (
	lowest, highest = 1, 60_000_000
	digits          = 3
)

type tally struct {
	counts    map[Outcome]int
	histogram *hdrhistogram.Histogram
}

func newTally() *tally {
	return &tally{map[Outcome]int{}, NewHistogram()}
}

func (t *tally) add(op *Op) {
	t.counts[op.Outcome]++
	if op.Outcome == OK {
		RecordTime(t.histogram, op.Latency())
	}
}

func (t *tally) stats(length Seconds) Stats {
	return Stats{Counts: t.counts, Throughput: float64(t.counts[OK]) / float64(length), Latency: LatencyOf(t.histogram)}
}
