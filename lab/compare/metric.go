package compare

import "github.com/ringmend/ringmend/lab/result"

// Metric is something that is compared.
type Metric struct {
	Name, Unit string
	// of returns the value of a run; about says that it is something of such a run at
	// all, and has that there is a value.
	of func(s *result.Summary) (value float64, has, about bool)
}

// Metrics are all of them.
var Metrics = []Metric{
	{"answered during", "%", inPhase("during", func(p *result.Phase) float64 { return p.Answered })},
	{"answered after", "%", inPhase("after", func(p *result.Phase) float64 { return p.Answered })},
	{"p99 before", "ms", latency("before")},
	{"p99 during", "ms", latency("during")},
	{"p99 after", "ms", latency("after")},
	{"gap from fault", "s", of(inPhase("during", nil)).or(func(s *result.Summary) float64 { return float64(s.GapFromFault) })},
	{"gap during", "s", inPhase("during", func(p *result.Phase) float64 { return float64(p.Gap) })},
	{"gap from mend", "s", of(inPhase("after", nil)).or(func(s *result.Summary) float64 { return float64(s.GapFromMend) })},
	{"leaders during", "", ofLeaders("during")},
	{"leaders after", "", ofLeaders("after")},
	{"highest term", "", highestTerm},
	{"first detected", "s", member(func(m *result.Membership) *result.Seconds { return m.FirstDetected })},
	{"last detected", "s", member(func(m *result.Membership) *result.Seconds { return m.LastDetected })},
	{"faulty", "", counted(func(m *result.Membership) float64 { return float64(m.Faulty) })},
	{"false positives", "", counted(func(m *result.Membership) float64 { return float64(m.FalsePositives) })},
	{"one checksum after", "s", member(func(m *result.Membership) *result.Seconds { return m.Agreed })},
	{"two owners", "key-s", counted(func(m *result.Membership) float64 { return m.TwoOwners })},
	{"accepts by two", "", counted(func(m *result.Membership) float64 { return float64(m.AcceptsByTwo) })},
	{"fenced", "node-s", counted(func(m *result.Membership) float64 { return m.Fenced })},
	{"packets", "", counted(func(m *result.Membership) float64 { return float64(m.Packets) })},
}

type of func(s *result.Summary) (value float64, has, about bool)

// or is the same for something that is of the whole run, where there is such a phase.
func (f of) or(value func(*result.Summary) float64) of {
	return func(s *result.Summary) (float64, bool, bool) {
		_, has, about := f(s)
		return value(s), has, about
	}
}

func inPhase(name string, value func(*result.Phase) float64) of {
	return func(s *result.Summary) (float64, bool, bool) {
		p := s.Phase(name)
		if p == nil {
			return 0, false, false
		}
		if value == nil {
			return 0, true, true
		}
		return value(p), true, true
	}
}

func latency(phase string) of {
	return func(s *result.Summary) (float64, bool, bool) {
		p := s.Phase(phase)
		if p == nil || p.All.Latency == nil {
			return 0, false, p != nil
		}
		return p.All.Latency.P99, true, true
	}
}

func ofLeaders(phase string) of {
	f := inPhase(phase, func(p *result.Phase) float64 { return float64(p.Leaders) })
	return func(s *result.Summary) (float64, bool, bool) {
		if len(s.Terms) == 0 {
			return 0, false, false
		}
		return f(s)
	}
}

func highestTerm(s *result.Summary) (float64, bool, bool) {
	highest := uint64(0)
	for _, t := range s.Terms {
		highest = max(highest, t)
	}
	return float64(highest), highest > 0, highest > 0
}

func member(value func(*result.Membership) *result.Seconds) of {
	return func(s *result.Summary) (float64, bool, bool) {
		if s.Membership == nil {
			return 0, false, false
		}
		v := value(s.Membership)
		if v == nil {
			return 0, false, true
		}
		return float64(*v), true, true
	}
}

func counted(value func(*result.Membership) float64) of {
	return func(s *result.Summary) (float64, bool, bool) {
		if s.Membership == nil {
			return 0, false, false
		}
		return value(s.Membership), true, true
	}
}
