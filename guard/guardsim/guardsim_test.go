package guardsim

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringmend/ringmend/sim/script"
	"github.com/ringmend/ringmend/sim/world"
)

// seeds is how many histories are played, unless SIM_SEEDS says otherwise.
func seeds(t *testing.T, usual int) int {
	if text := os.Getenv("SIM_SEEDS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("SIM_SEEDS: %v", err)
		}
		return n
	}
	return usual / raceDivisor
}

// histories plays histories of a scenario, some at the same time.
func histories(t *testing.T, scenario string, runs int, o Options, change func(*script.Script)) (violations []*world.Violation, did total) {
	t.Helper()
	c, err := script.FindScenario(scenario)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var playing sync.WaitGroup
	turns := make(chan struct{}, 2)
	for i := range runs {
		s, err := c.Script(c.MinNodes+3+(i*7)%20, uint64(4000+i))
		if err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(s)
		}
		turns <- struct{}{}
		playing.Go(func() {
			defer func() { <-turns }()
			v, f := Play(s, o)
			if v != nil && !o.Alone {
				// What nodes violate by themselves is not the guards' doing.
				if without, _ := Play(s, Options{}); without != nil && without.Invariant == v.Invariant {
					t.Logf("seed %d violates %s without guards, too", s.Seed, v.Invariant)
					v = nil
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if v != nil {
				violations = append(violations, v)
			}
			did.Asked += f.Asked
			did.Told += f.Told
			did.Rescues += f.Rescues
			did.Reconnected += f.Reconnected
			did.Harmed += f.Harmed
			did.healed = append(did.healed, f.Healed)
		})
	}
	playing.Wait()
	slices.Sort(did.healed)
	return violations, did
}

// total sums up histories.
type total struct {
	Figures
	healed []time.Duration // sorted
}

func (t *total) String() string {
	return fmt.Sprintf("asked %d times, told %d times, %d rescues, %d connected anew; healed in %v to %v, median %v; harmed %d", t.Asked, t.Told, t.Rescues, t.Reconnected,
		t.healed[0], t.healed[len(t.healed)-1], t.healed[len(t.healed)/2], t.Harmed)
}

// Guards, up to three, between the nodes or on their hosts, some of which die, violate
// nothing in histories of all kinds of faults.
func TestGuardsViolateNothing(t *testing.T) {
	for guards := 1; guards <= 3; guards++ {
		violations, did := histories(t, "random", seeds(t, 30), Options{Guards: guards}, nil)
		for _, v := range violations {
			t.Errorf("%d guards: %v", guards, v.Report())
		}
		t.Logf("%d guards: asked %d times, told %d times", guards, did.Asked, did.Told)
		if did.Asked == 0 || did.Told == 0 {
			t.Errorf("%d guards: nothing happened: %+v", guards, did)
		}
	}
}

// Rings that do not heal by themselves are healed by a guard, within the bounds that
// nodes that do have.
func TestAGuardAloneHeals(t *testing.T) {
	for _, scenario := range []string{"split", "flap"} {
		violations, did := histories(t, scenario, seeds(t, 20), Options{Guards: 1, Alone: true}, nil)
		for _, v := range violations {
			t.Errorf("%s: %v", scenario, v.Report())
		}
		t.Logf("%s: asked %d times, told %d times", scenario, did.Asked, did.Told)
	}
}

// kept are histories that once ended badly.
var kept = []struct {
	what   string
	script string
	Options
}{
	{"a node that has not joined, for its list leads nowhere, is held faulty by all others", `nodes 14
seed 4107
0s list 1,7-8,10-11,13-14 how=nowhere
10s cut 1,7-11,13 | 2-6,12,14 how=drop
21.863s mend
23.135s cut 1,7-11,13 | 2-6,12,14 how=drop
31.339s mend
35.063s cut 1,7-11,13 | 2-6,12,14 how=drop
43.547s mend
47.475s cut 1,7-11,13 | 2-6,12,14 how=drop
54.266s mend
1m0.5s cut 1,7-11,13 | 2-6,12,14 how=stall
1m8.729s mend
1m13.23s cut 1,7-11,13 | 2-6,12,14 how=stall
1m15.995s mend
`, Options{Guards: 1, Alone: true}},
	{"eight sides for minutes: 28 pairs, each of which could be asked four times a second whether it is one", `nodes 16
seed 1
20s cut 1,9 | 2,10 | 3,11 | 4,12 | 5,13 | 6,14 | 7,15 | 8,16 how=drop
3m20s mend
`, Options{Guards: 1, Alone: true}},
}

func TestKeptHistories(t *testing.T) {
	for _, h := range kept {
		s, err := script.Parse(h.script)
		if err != nil {
			t.Fatal(err)
		}
		if v, _ := Play(s, h.Options); v != nil {
			t.Errorf("%s: %v", h.what, v.Report())
		}
	}
}

// Nothing but the guard brings these sides together, and no member is harmed by it. The
// nodes follow Ringpop's rules: ringmend's would not let themselves be harmed.
func TestGuardsHarmNoMember(t *testing.T) {
	for _, scenario := range []string{"split", "split3"} {
		violations, did := histories(t, scenario, seeds(t, 20), Options{Guards: 2, Alone: true, Strict: true}, refuse)
		for _, v := range violations {
			if strings.HasPrefix(v.Invariant, "guard-") {
				t.Errorf("%s: %v", scenario, v.Report())
			}
		}
		t.Logf("%s: %v", scenario, &did)
	}
}

// refuse makes cuts refuse connections.
func refuse(s *script.Script) {
	cutBy(s, script.HowRefuse)
	s.Rules = script.RulesRingpop
}

// stay makes connections stay dead for a while after a cut that swallows packets.
func stay(s *script.Script) { cutBy(s, script.HowBackOff) }

// cutBy makes cuts show in one way. All nodes know of all: the ring was one.
func cutBy(s *script.Script, how string) {
	s.Steps = slices.DeleteFunc(s.Steps, func(st script.Step) bool { return st.Verb == "list" })
	for i := range s.Steps {
		if st := &s.Steps[i]; st.Verb == "cut" {
			st.How = how
		}
	}
}

// After a cut that swallows packets connections stay dead for seconds, and what they have
// kept arrives in the middle of a merge.
func TestConnectionsThatStayDeadDoNotStopAGuard(t *testing.T) {
	for _, o := range []Options{{Guards: 1, Alone: true}, {Guards: 1, Alone: true, Aside: true}, {Guards: 2, Alone: true}} {
		violations, did := histories(t, "split", seeds(t, 30), o, stay)
		for _, v := range violations {
			t.Errorf("%+v: %v", o, v.Report())
		}
		t.Logf("%+v: %v", o, &did)
		if longest := did.healed[len(did.healed)-1]; did.Reconnected == 0 || did.healed[0] < 0 || longest > 3*time.Second || did.Harmed > 0 {
			t.Errorf("%+v: %v", o, &did)
		}
	}
}

// Rings of two apps, and rings that do not know each other, stay apart, whatever the
// simulator expects of the nodes.
func TestGuardsLeaveOtherRingsAlone(t *testing.T) {
	for _, h := range []struct {
		scenario string
		Options
		change func(*script.Script)
	}{
		{"split", Options{Guards: 2, Alone: true, TwoApps: true}, nil},
		{"converge", Options{Guards: 2, Alone: true, Unnamed: true}, twoRings},
	} {
		violations, did := histories(t, h.scenario, seeds(t, 20), h.Options, h.change)
		for _, v := range violations {
			if strings.HasPrefix(v.Invariant, "guard-") {
				t.Errorf("%s: %v", h.scenario, v.Report())
			}
		}
		t.Logf("%s: %v", h.scenario, &did)
	}
}

// twoRings gives halves of the nodes lists of hosts of their own.
func twoRings(s *script.Script) {
	s.Steps, s.For = nil, time.Minute
	for half := range 2 {
		var nodes script.Set
		for number := 1 + half; number <= s.Nodes; number += 2 {
			nodes = append(nodes, number)
		}
		s.Steps = append(s.Steps, script.Step{Verb: "list", Sets: []script.Set{nodes, nodes}})
	}
}

// Each check of the plan that is left out is missed.
func TestMutantsAreNoticed(t *testing.T) {
	for mutant, invariant := range map[Mutant]string{Blind: Harmless, Trusting: AsksFirst} {
		violations, _ := histories(t, "split", seeds(t, 20), Options{Guards: 1, Alone: true, Mutant: mutant}, nil)
		noticed := 0
		for _, v := range violations {
			if v.Invariant == invariant {
				noticed++
			}
		}
		t.Logf("%s: %d of %d violations are of %s", mutant, noticed, len(violations), invariant)
		if noticed == 0 {
			t.Errorf("%s is not noticed", mutant)
		}
	}
}
