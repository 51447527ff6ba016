package sim

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ringmend/ringmend/sim/script"
	"github.com/ringmend/ringmend/sim/world"
)

// detections plays a crash of some nodes with several seeds, and returns after what time it was
// known to all that live, sorted; or what was violated.
func detections(t *testing.T, nodes int, crash, how, rules string, seeds int) (last []time.Duration, violation *world.Violation) {
	t.Helper()
	for seed := range seeds {
		s := parse(t, fmt.Sprintf("nodes %d\nwarm\nseed %d\nrules %s\n20.0%ds crash %s how=%s", nodes, seed, rules, seed, crash, how))
		r := play(t, s, Options{})
		if r.Violation != nil {
			return nil, r.Violation
		}
		last = append(last, r.LastDetections...)
	}
	slices.Sort(last)
	return last, nil
}

// A crash is known to all after times that do not depend on the size of the cluster.
func TestCrashIsKnownToAll(t *testing.T) {
	for _, c := range []struct {
		nodes      int
		crash, how string
		median     time.Duration
	}{
		{10, "3", "refuse", 2500 * time.Millisecond},
		{100, "3", "refuse", 2500 * time.Millisecond},
		{300, "3", "refuse", 2500 * time.Millisecond},
		{10, "3", "drop", 4 * time.Second},
		{100, "3", "drop", 4 * time.Second},
		{300, "3", "drop", 4 * time.Second},
		{63, "1-60", "refuse", 4500 * time.Millisecond},
		{63, "1-60", "drop", 6 * time.Second},
	} {
		times, violation := detections(t, c.nodes, c.crash, c.how, script.RulesRingmend, 5)
		if violation != nil {
			t.Fatal(violation.Report())
		}
		if median := times[len(times)/2]; median > c.median {
			t.Errorf("%d nodes, %s of %s: known after %v (median), want %v", c.nodes, c.how, c.crash, median, c.median)
		}
		t.Logf("%4d nodes, %-6s of %-4s: median %.1f s, longest %.1f s", c.nodes, c.how, c.crash,
			times[len(times)/2].Seconds(), times[len(times)-1].Seconds())
	}
}

// Who is well is not declared faulty because others are stopped again and again (the
// experiment of section V of Lifeguard), nor because each hundredth packet is lost.
func TestHealthyMembersAreNotAccused(t *testing.T) {
	for _, c := range []struct {
		stopped    int
		for_, then time.Duration
	}{{1, 8 * time.Second, time.Second}, {8, 2 * time.Second, 500 * time.Millisecond}, {32, 16 * time.Second, 500 * time.Millisecond}} {
		text := "nodes 100\nwarm\nfor 100s\n"
		for at := 20 * time.Second; at < 80*time.Second; at += c.for_ + c.then {
			for n := range c.stopped {
				text += fmt.Sprintf("%v pause %d time=%v\n", at, n+1, c.for_)
			}
		}
		r := play(t, parse(t, text), Options{})
		if r.Violation != nil {
			t.Fatal(r.Violation.Report())
		}
		if r.HealthyAccused > 0 {
			t.Errorf("%d stopped for %v again and again: %d times a healthy member was declared faulty", c.stopped, c.for_, r.HealthyAccused)
		}
	}
	r := play(t, parse(t, "nodes 100\nwarm\nloss 0.01\nfor 10m"), Options{})
	if r.FalsePositives > 0 {
		t.Errorf("with packets lost members were declared faulty %d times", r.FalsePositives)
	}
}

// A member that is silent just long enough to be accused by a prober and three helpers at once
// refutes before any node gives it up.
func TestAMemberAccusedInErrorRefutesInTime(t *testing.T) {
	text := "nodes 300\nwarm\nfor 75s\n"
	for n := range 40 {
		text += fmt.Sprintf("%dms pause %d time=1.2s\n", 10_000+1500*n+30*(n%7), 7*n+1)
	}
	for seed := range 2 {
		r := play(t, parse(t, fmt.Sprintf("seed %d\n%s", seed, text)), Options{})
		if r.Violation != nil {
			t.Fatal(r.Violation.Report())
		}
		if r.FalsePositives > 0 || r.Refutations < 15 {
			t.Errorf("seed %d: %d members were accused and refuted; nodes held members faulty %d times", seed, r.Refutations, r.FalsePositives)
		}
	}
}

// Who is well and declared faulty is counted, by who declares it and by who believes it.
func TestAccusationsOfTheHealthyAreCounted(t *testing.T) {
	r := play(t, parse(t, "nodes 10\nwarm\nloss 0.7\nfor 2m"), Options{})
	if r.HealthyDeclared == 0 || r.HealthyAccused < r.HealthyDeclared || r.FalsePositives != r.HealthyAccused {
		t.Errorf("%d declared, %d believed, %d in all", r.HealthyDeclared, r.HealthyAccused, r.FalsePositives)
	}
}
