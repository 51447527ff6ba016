package sim

import (
	"github.com/ringmend/ringmend/node/swim"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/ringmend/ringmend/sim/check"
	"github.com/ringmend/ringmend/sim/script"
)

// TestScripts plays the scripts in testdata and compares what came of them.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/scripts", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd != "run" {
				t.Fatalf("%s: unknown command %s", d.Pos, d.Cmd)
			}
			s, err := script.Parse(d.Input)
			if err != nil {
				return err.Error() + "\n"
			}
			r := play(t, s, Options{})
			if testing.Verbose() && r.Violation != nil {
				t.Log(r.Violation.Report())
			}
			return Outcome(r)
		})
	})
}

// seeds is how many runs of each scenario the tests make, unless SIM_SEEDS says
// otherwise. Fewer under the race detector, which has nothing to find inside a
// run.
func seeds(t *testing.T, usual int) int {
	text := os.Getenv("SIM_SEEDS")
	if text == "" {
		return max(1, usual/raceDivisor)
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("SIM_SEEDS: %v", err)
	}
	return n
}

// In every scenario, with every seed, all invariants hold and something happens.
func TestScenarios(t *testing.T) {
	for _, c := range script.Scenarios() {
		t.Run(c.Name, func(t *testing.T) {
			runs := seeds(t, 6)
			if c.Name == "random" {
				runs = seeds(t, 30)
			}
			var scripts []*script.Script
			for i := range runs {
				s, err := c.Script(c.MinNodes+3+(i*7)%20, uint64(1000+i))
				if err != nil {
					t.Fatal(err)
				}
				scripts = append(scripts, s)
			}
			if err := RunAll(scripts, 2, Options{}, func(_ int, r *Result) bool {
				if r.Violation != nil {
					t.Errorf("%s\n%s", r.Script, r.Violation.Report())
				}
				if r.Messages == 0 || !r.Converged {
					t.Errorf("seed %d: %d messages, converged: %v", r.Script.Seed, r.Messages, r.Converged)
				}
				return true
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A script for which there is no calm ends all the same.
func TestScriptWithoutCalmEnds(t *testing.T) {
	r := play(t, parse(t, "nodes 4\n10s cut 1,2 | 3,4"), Options{})
	if r.Violation != nil || r.Virtual > 24*time.Hour {
		t.Errorf("%v after %v", r.Violation, r.Virtual)
	}
}

// What is measured is what happens.
func TestMeasurements(t *testing.T) {
	r := play(t, parse(t, "nodes 8\n10s crash 3,4\n40s restart 3\n1m0s cut 1-4 | 5-8\n1m30s mend"), Options{Record: true})
	if r.Violation != nil {
		t.Fatal(r.Violation.Report())
	}
	if len(r.FirstDetections) != 2 || len(r.LastDetections) != 2 || len(r.HealTimes) != 1 {
		t.Fatalf("detections %v, %v, heals %v", r.FirstDetections, r.LastDetections, r.HealTimes)
	}
	for i, first := range r.FirstDetections {
		if last := r.LastDetections[i]; first < swim.AdaptiveDetection().MinSuspectPeriod || last < first || last > 20*time.Second {
			t.Errorf("a crash was detected after %v to %v", first, last)
		}
	}
	if r.MaxViews < 2 || r.Merges == 0 || r.Joins == 0 || r.PerNode(r.Messages) < 5 {
		t.Errorf("%+v", *r)
	}
	if len(r.Windows) != 3 || r.Windows[2].From != time.Minute || r.Windows[2].To != 90*time.Second || len(r.Heals) == 0 || len(r.Series) < 900 {
		t.Errorf("windows %v, %d heals, %d samples", r.Windows, len(r.Heals), len(r.Series))
	}
}

// Shrinking leaves what it takes, and no more.
func TestShrink(t *testing.T) {
	s := parse(t, "nodes 12\nseed 5\nmutant merge-without-reincarnation\nlabels\nspread 3s\n"+
		"10s crash 12\n11s pause 3 time=1s\n20s cut 1-6 | 7-11\n50s mend\n1m0s leave 2\n1m1s rejoin 2")
	short, err := Shrink(s, 300, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := play(t, short, Options{}); r.Violation == nil || r.Violation.Invariant != check.InvariantHeal {
		t.Fatalf("it is %v with\n%s", r.Violation, short)
	}
	if short.Nodes > 6 || len(short.Steps) > 2 || short.Labels {
		t.Errorf("it is still\n%s", short)
	}
	fine := parse(t, "nodes 3")
	if same, err := Shrink(fine, 10, nil); err != nil || same != fine {
		t.Errorf("%v, and a script that violates nothing became\n%s", err, same)
	}
}

// With one probe at a time and a heal by Ringpop's rule, a split lasts for tens
// of seconds longer.
func TestRingpopsRulesHealLater(t *testing.T) {
	healed := func(rules string) (total time.Duration) {
		split, err := script.FindScenario("split")
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(5) {
			s, err := split.Script(8, seed)
			if err != nil {
				t.Fatal(err)
			}
			s.Rules = rules
			for i := range s.Steps {
				if s.Steps[i].Verb == "cut" {
					s.Steps[i].How = script.HowRefuse
				}
			}
			r := play(t, s, Options{})
			if r.Violation != nil || len(r.HealTimes) != 1 {
				t.Fatalf("%s: %v, heals %v", rules, r.Violation, r.HealTimes)
			}
			total += r.HealTimes[0]
		}
		return total
	}
	if ours, theirs := healed(script.RulesRingmend), healed(script.RulesRingpop); ours > theirs/2 {
		t.Errorf("five heals take %v, by Ringpop's rules %v", ours, theirs)
	}
}
