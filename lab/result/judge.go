package result

import (
	"fmt"
	"strings"
)

// The verdicts on a run.
const (
	Passed = "passed"
	// Violated runs have a history that the system must not have.
	Violated = "failed"
	// Void runs prove nothing: the fault did nothing, or the system did not work before.
	Void = "void"
	// Undecided runs have a history that was too hard to check in time.
	Undecided   = "undecided"
	Interrupted = "interrupted"
)

// minAnswered is how many percent must be answered before a fault.
const minAnswered = 99

// Judge gives the verdict: what a run was for must have happened, then its checks
// count.
func (s *Summary) Judge(c *Config, interrupted bool) {
	s.Verdict = Passed
	worse := func(verdict, why string) {
		if s.Verdict == Passed {
			s.Verdict = verdict
		}
		s.Why = append(s.Why, why)
	}
	if interrupted {
		worse(Interrupted, "the run was interrupted")
	}
	if len(s.Phases) > 0 && s.Phases[0].Name == "before" && s.Phases[0].Answered < minAnswered {
		worse(Void, fmt.Sprintf("%.1f %% were answered before the fault, less than %d %%", s.Phases[0].Answered, minAnswered))
	}
	if c.Fault != "none" || c.Schedule != "" {
		if why := s.without(); why != "" {
			worse(Void, why)
		}
	}
	for _, check := range s.Checks {
		if check.Verdict != Passed {
			worse(check.Verdict, check.Name+": "+check.Detail)
		}
	}
	if s.Lateness != nil { // a violation is one also on a busy machine
		if void, why := s.Lateness.Busy(c); void {
			worse(Void, why)
		}
	}
	if s.Why == nil {
		s.Why = []string{}
	}
}

// without says which part of a fault did nothing, or "". What is done to links must have
// met packets in all: two nodes that have nothing to say to each other are cut, too. What
// is done to nodes must have been done to each.
func (s *Summary) without() string {
	if len(s.Evidence) == 0 {
		return "the fault left no evidence"
	}
	did := map[string]bool{}
	for _, e := range s.Evidence {
		did[e.part()] = did[e.part()] || e.OK
	}
	for _, e := range s.Evidence {
		if !did[e.part()] {
			return fmt.Sprintf("%s did nothing: %s", e.What, e.Detail)
		}
	}
	return ""
}

// part is what evidence is about: a command, or all commands of a kind for links.
func (e *Evidence) part() string {
	switch verb, _, _ := strings.Cut(e.What, " "); verb {
	case "cut", "one-way", "slow", "loss":
		return verb
	}
	return e.What
}
