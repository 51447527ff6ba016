package result

import (
	"fmt"
	"slices"
)

// Summary is summary.json.
type Summary struct {
	Version  int        `json:"version"`
	Name     string     `json:"name"`
	Verdict  string     `json:"verdict"`
	Why      []string   `json:"why"` // what the verdict is made of
	Evidence []Evidence `json:"evidence"`
	Checks   []Check    `json:"checks"`
	Phases   []Phase    `json:"phases"`
	// GapFromFault and GapFromMend are the longest times without a successful operation
	// that began after the fault, and after the mend.
	GapFromFault Seconds `json:"gapFromFault"`
	GapFromMend  Seconds `json:"gapFromMend"`
	// Recovered is the time from the mend until as much was answered as 95 % of what
	// was before the fault.
	Recovered     *Seconds          `json:"recovered"`
	LeaderChanges int               `json:"leaderChanges"`
	Terms         map[string]uint64 `json:"terms,omitempty"` // the last ones, by node
	Membership    *Membership       `json:"membership,omitempty"`
	// Lateness is that of the lab itself; absent in results of earlier versions.
	Lateness *Lateness `json:"lateness,omitempty"`
}

// Check is what became of a check of the history.
type Check struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"` // passed, failed or undecided
	Detail  string `json:"detail"`
	// Where are operations that show what is wrong, the first of them.
	Where []Where `json:"where,omitempty"`
}

// Where is an operation that a system must not have answered as it did.
type Where struct {
	ID   int     `json:"id"` // of the operation
	At   Seconds `json:"at"` // its end
	Text string  `json:"text"`
}

// Window returns when the fault began and ended, as far as the events say so.
func Window(c *Config, events []Event) (from, to Seconds, any bool) {
	from, to = Seconds(c.DurationS/3), Seconds(2*c.DurationS/3)
	ended := false
	for _, e := range events {
		switch e.Kind {
		case FaultBegin:
			from, any = e.At, true
		case FaultEnd:
			to, ended = e.At, true
		}
	}
	if any && !ended {
		to = max(from, Seconds(c.DurationS))
	}
	return from, to, any
}

// Summarize computes what follows from a run, but for checks and verdict.
func Summarize(c *Config, ops []Op, events []Event, evidence []Evidence, packets []LinkCounts) *Summary {
	from, to, _ := Window(c, events)
	end := max(Seconds(c.DurationS), to)
	s := &Summary{Version: FormatVersion, Name: c.Name(), Evidence: evidence}
	if s.Evidence == nil {
		s.Evidence = []Evidence{}
	}
	s.Lateness = latenessOf(ops)
	done := successes(ops)
	for _, p := range []Phase{{Name: "before", To: from}, {Name: "during", From: from, To: to}, {Name: "after", From: to, To: end}} {
		// Faults of the whole run begin and end a moment after the load does.
		if p.To-p.From < end/100 {
			continue
		}
		p.fill(c, ops, from)
		p.Gap = gap(done, p.From, p.To)
		s.Phases = append(s.Phases, p)
	}
	s.GapFromFault, s.GapFromMend = gap(done, from, end), gap(done, to, end)
	s.Recovered = recovered(done, from, to, end)
	s.leaders(events)
	if slices.ContainsFunc(events, func(e Event) bool { return e.Kind == Checksum }) {
		s.Membership = membership(c, ops, events, packets, from, to, end)
	}
	return s
}

// leaders counts new leaders: a leader in a term is new when it is first seen, and
// another was before.
func (s *Summary) leaders(events []Event) {
	type reign struct {
		term   uint64
		leader int
	}
	seen := map[reign]bool{}
	for _, e := range events {
		switch e.Kind {
		case Leader:
			r := reign{e.Value, e.About}
			if e.About == 0 || seen[r] {
				continue
			}
			if seen[r] = true; len(seen) == 1 {
				continue
			}
			s.LeaderChanges++
			for i := range s.Phases {
				if p := &s.Phases[i]; e.At >= p.From && (e.At < p.To || i == len(s.Phases)-1) {
					p.Leaders++
				}
			}
		case Term:
			if s.Terms == nil {
				s.Terms = map[string]uint64{}
			}
			s.Terms[fmt.Sprintf("node-%d", e.Node)] = e.Value
		}
	}
}
