package sim

import (
	"github.com/ringmend/ringmend/sim/check"
	"github.com/ringmend/ringmend/sim/script"
	"testing"
	"time"
)

// Every invariant can fail: for each there is something wrong under which a run
// violates it, and the same run without it holds.
func TestInvariantsNotice(t *testing.T) {
	scripts := map[string]string{
		"asleep":                      "nodes 2",
		"stuck-suspect":               "nodes 5\n10s crash 3",
		"timer-of-address":            "nodes 5\nseed 1\n10s crash 3",
		"refutation-by-clock":         "nodes 5\nfor 1m",
		"suspects-with-source":        "nodes 6\n10s cut 1-3 | 4-6\n40s mend",
		"checksum-without-labels":     "nodes 5",
		"endless-piggyback":           "nodes 5\nloss 0.001\nfor 1m",
		"no-heal":                     "nodes 6\n10s cut 1-3 | 4-6\n40s mend",
		"losing-refutation":           "nodes 5\n10s pause 3 time=20s",
		"merge-without-reincarnation": "nodes 6\n10s cut 1-3 | 4-6\n40s mend",
		"replay":                      "nodes 5\nfaulty 10s\ntombstone 10s\n10s crash 2\nfor 2m",
		"chatter":                     "nodes 5\nfor 1m",
		"undead":                      "nodes 5\n10s crash 2\nfor 5m",
		"ignores-strangers":           "nodes 5\nseed 1\nhosts 1\n5s crash 1\n6s restart 1",
		"no-return":                   "nodes 5\n10s crash 2\n30s restart 2",
		"nil-answer":                  "nodes 3",
		"slander":                     "nodes 5",
		"restless":                    "nodes 5\nfor 1m",
		"ghosts":                      "nodes 5\nfor 1m",
		"resigned":                    "nodes 5\nfor 1m",
		"unrepeatable":                "nodes 5",
		"silent-change":               "nodes 5\nfor 1m",
		"deaf-to-words":               "nodes 5\n10s expel 1 > 5\nfor 20m",
		"unequal-strategies":          "nodes 5\nresolver keep-majority\n1m30s cut 1,2 | 3-5 how=drop\n2m30s mend",
		"no-handover":                 "nodes 5\nresolver keep-majority\nguarded\n1m30s cut 1,2 | 3-5 how=drop\n2m30s mend",
		"pauses-ignored":              "nodes 5\nresolver keep-majority\nguarded\n3m pause 1,2 time=3m",
		"no-starting":                 "nodes 5\nresolver keep-majority\nguarded\n3m cut 1,2 | 3-5 how=drop\n4m restart 1,2\n8m mend",
		"timid":                       "nodes 5\nresolver keep-majority\n2m cut 1,2 | 3-5 how=drop\n4m mend",
		"fenced-for-good":             "nodes 5\nresolver keep-majority\nfor 5m",
		"talkative-observer":          "nodes 5\nresolver keep-majority,observe\n1m30s cut 1,2 | 3-5 how=drop\n2m30s mend",
		"hesitant":                    "nodes 5\nresolver keep-majority\n1m30s cut 1,2 | 3-5 how=drop\n3m30s mend",
		"unreadable":                  "nodes 3\nwire",
	}
	noticed := make(map[string]bool)
	for _, name := range Mutants() {
		noticed[mutants[name].breaks] = true
		t.Run(name, func(t *testing.T) {
			s := parse(t, scripts[name])
			if r := play(t, s, Options{Verify: true}); r.Violation != nil {
				t.Fatalf("violated although nothing is wrong:\n%s", r.Violation.Report())
			}
			s.Mutant = name
			r := play(t, s, Options{Verify: true})
			if r.Violation == nil {
				t.Fatal("nothing is noticed")
			}
			if r.Violation.Invariant != mutants[name].breaks {
				t.Fatalf("not %s, but:\n%s", mutants[name].breaks, r.Violation.Report())
			}
			if r.Violation.Words == "" || r.Violation.Step == 0 && r.Violation.At > time.Second {
				t.Errorf("the report lacks something:\n%s", r.Violation.Report())
			}
		})
	}
	for _, i := range check.Invariants() {
		if !noticed[i.Name] {
			t.Errorf("nothing shows that %s can fail", i.Name)
		}
	}
}

func parse(t *testing.T, text string) *script.Script {
	t.Helper()
	s, err := script.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func play(t *testing.T, s *script.Script, o Options) *Result {
	t.Helper()
	r, err := Run(s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
