package result

import (
	"strings"
	"testing"
)

func TestVerdicts(t *testing.T) {
	done := []Evidence{{What: "cut 1 2", OK: true}}
	for name, test := range map[string]struct {
		evidence    []Evidence
		answered    float64
		checks      []Check
		interrupted bool
		want        string
	}{
		"all is well":             {done, 100, []Check{{Verdict: Passed}}, false, Passed},
		"no evidence":             {nil, 100, nil, false, Void},
		"a fault that did not":    {[]Evidence{{What: "cut 1 2"}}, 100, nil, false, Void},
		"one time of two":         {[]Evidence{{What: "cut 1 2"}, {What: "cut 1 2", OK: true}}, 100, nil, false, Passed},
		"a pair that is silent":   {[]Evidence{{What: "cut 2 3"}, {What: "cut 1 2", OK: true}}, 100, nil, false, Passed},
		"one of two that live on": {[]Evidence{{What: "kill 1", OK: true}, {What: "kill 3"}}, 100, nil, false, Void},
		"one of two":              {[]Evidence{{What: "cut 1 2", OK: true}, {What: "kill 3"}}, 100, nil, false, Void},
		"bad before":              {done, 98, nil, false, Void},
		"a violation":             {done, 100, []Check{{Verdict: Violated}}, false, Violated},
		"not decided":             {done, 100, []Check{{Verdict: Undecided}}, false, Undecided},
		"void before a violation": {nil, 100, []Check{{Verdict: Violated}}, false, Void},
		"interrupted":             {nil, 100, nil, true, Interrupted},
	} {
		s := &Summary{Evidence: test.evidence, Checks: test.checks, Phases: []Phase{{Name: "before", Answered: test.answered}}}
		if s.Judge(valid(), test.interrupted); s.Verdict != test.want || s.Verdict != Passed && len(s.Why) == 0 {
			t.Errorf("%s: %s because %q, want %s", name, s.Verdict, s.Why, test.want)
		}
	}
	c := valid()
	c.Fault = "none"
	s := &Summary{}
	if s.Judge(c, false); s.Verdict != Passed {
		t.Errorf("without a fault: %s, %v", s.Verdict, s.Why)
	}
}

// A run on a machine that was too busy is void, unless a check has found something all the same.
func TestABusyMachine(t *testing.T) {
	for name, test := range map[string]struct {
		late Seconds // each operation
		some Seconds // one of them
		want string
		says bool
	}{
		"quiet":         {0.001, 0.001, Passed, false},
		"a single one":  {0.001, 0.5, Passed, true},
		"a bit late":    {0.02, 0.02, Passed, true},
		"late":          {0.2, 0.2, Void, true},
		"later than 1m": {100, 100, Void, true},
	} {
		ops := example()
		for i := range ops {
			ops[i].Started += test.late
		}
		ops[7].Started = ops[7].Intended + test.some
		s := Summarize(valid(), ops, nil, []Evidence{{What: "kill 1", OK: true}}, nil)
		s.Judge(valid(), false)
		_, words := s.Lateness.Busy(valid())
		if s.Verdict != test.want || (words != "") != test.says {
			t.Errorf("%s: %s %q, %q", name, s.Verdict, s.Why, words)
		}
		s.Checks = []Check{{Verdict: Violated}}
		if s.Judge(valid(), false); s.Verdict != Violated {
			t.Errorf("%s, with a violation: %s", name, s.Verdict)
		}
	}
	s := Summarize(valid(), example(), nil, []Evidence{{What: "kill 1", OK: true}}, nil)
	s.Lateness.Packets = &Latency{P99: 101, Max: 101, N: 1}
	if s.Judge(valid(), false); s.Verdict != Void || !strings.Contains(s.Why[0], "packets") {
		t.Errorf("late packets: %s %q", s.Verdict, s.Why)
	}
}
