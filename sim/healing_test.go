package sim

import (
	"testing"
	"time"

	"github.com/ringmend/ringmend/sim/script"
)

// waysToCut is in how many ways a cut shows to callers.
const waysToCut = 3

// Partitions of every shape are over within seconds, and healing makes no member
// unpingable. Times are those of the virtual clock.
func TestShapesHeal(t *testing.T) {
	const (
		nodes  = 10
		usual  = 10 * time.Second
		slowly = time.Minute // of a side that makes a probe each ten seconds
	)
	// When a cut has lasted long, or the dead were buried, there are few probes.
	bounds := map[string]time.Duration{"long": slowly, "changed": slowly, "forgotten": slowly}
	for _, shape := range script.Shapes() {
		t.Run(shape.Name, func(t *testing.T) {
			bound := usual
			if b, ok := bounds[shape.Name]; ok {
				bound = b
			}
			rounds := seeds(t, 2)
			if shape.Name == "long" {
				rounds = min(rounds, 1)
			}
			healAll(t, shape, nodes, 0, rounds, bound)
		})
	}
}

// healAll plays a shape with the seeds from first on, in each way in which a cut shows so many
// times, wants all runs healed within a bound, and returns how long that took in the mean.
func healAll(t *testing.T, shape script.Scenario, nodes int, first uint64, rounds int, bound time.Duration) time.Duration {
	t.Helper()
	var scripts []*script.Script
	for seed := range uint64(rounds * waysToCut) {
		s, err := shape.Script(nodes, first+seed)
		if err != nil {
			t.Fatal(err)
		}
		scripts = append(scripts, s)
	}
	sum := time.Duration(0)
	err := RunAll(scripts, 2, Options{Linger: 5 * time.Second}, func(_ int, r *Result) bool {
		switch h := r.Healing; {
		case r.Violation != nil:
			t.Errorf("%s\n%s", r.Script, r.Violation.Report())
		case h == nil || !h.Healed || h.Took > bound || h.Harmed > 0:
			t.Errorf("seed %d: %+v, want it healed within %v", r.Script.Seed, h, bound)
		default:
			sum += h.Took
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum / time.Duration(len(scripts))
}

// What a cut and its healing cost is what happens.
func TestHealingIsMeasured(t *testing.T) {
	s := parse(t, "nodes 6\nfor 15m\n10s cut 1-3 | 4-6 how=refuse\n11m40s mend")
	r := play(t, s, Options{})
	if r.Violation != nil {
		t.Fatal(r.Violation.Report())
	}
	h := r.Healing
	if h == nil || !h.Healed || h.Back != 700*time.Second || h.LateFor != time.Minute {
		t.Fatalf("%+v", h)
	}
	if h.Took != r.HealTimes[0] || h.Settled != h.Took || h.Relapses != 0 {
		t.Errorf("it took %v, settled after %v with %d relapses; %v", h.Took, h.Settled, h.Relapses, r.HealTimes)
	}
	// A side of three looks for the other one six times a minute after a while; at first
	// it still pings it.
	if h.LateDials != 6 || h.Dials < 120 || h.Dials > 1000 {
		t.Errorf("%d dials, %v a minute in the end", h.Dials, h.LateDials)
	}
	// Two visits are the least: a question, an answer, and a ping with it all.
	if h.Membership < 600 || h.Visits < 3*h.Membership || h.Visits > 30*h.Membership {
		t.Errorf("visits took %d bytes, and a membership takes %d", h.Visits, h.Membership)
	}
	if h.Harmed != 0 || h.Slandered != 0 {
		t.Errorf("%d were harmed, %d slandered", h.Harmed, h.Slandered)
	}
}

// A cut that no healer heals does not count as healed.
func TestUnhealedIsTold(t *testing.T) {
	s := parse(t, "nodes 6\nfor 31s\n1s cut 1-3 | 4-6 how=refuse\n31s mend")
	if h := play(t, s, Options{}).Healing; h == nil || h.Healed || h.Took != 0 {
		t.Errorf("%+v", h)
	}
	s = parse(t, "nodes 6\nfor 40s\n10s cut 1-3 | 4-6")
	if h := play(t, s, Options{}).Healing; h != nil {
		t.Errorf("the cut has not ended: %+v", h)
	}
}

// A run that lingers ends some time after the last cut was healed, not after the
// first.
func TestLinger(t *testing.T) {
	s := parse(t, "nodes 6\nfor 1h\n10s cut 1-3 | 4-6 how=refuse\n30s mend\n1m10s cut 1-3 | 4-6 how=refuse\n1m30s mend")
	r := play(t, s, Options{Linger: 5 * time.Second})
	if r.Healing.Back != 90*time.Second || r.Virtual < 95*time.Second || r.Virtual > 2*time.Minute {
		t.Errorf("it ended after %v: %+v", r.Virtual, r.Healing)
	}
}

// Members that were started during a cut, or have left, are known to all of the other side as soon
// as the others: such splits heal as fast as those in which nothing has happened meanwhile.
func TestWhatHappenedDuringACutIsNotLate(t *testing.T) {
	const (
		nodes  = 100
		rounds = 4
		bound  = 10 * time.Second // of a run
		limit  = 1050 * time.Millisecond
	)
	for _, name := range []string{"halves", "restarted", "changed", "skewed"} {
		t.Run(name, func(t *testing.T) {
			shape, err := script.FindScenario(name)
			if err != nil {
				t.Fatal(err)
			}
			if mean := healAll(t, shape, nodes, 1, rounds, bound); mean > limit {
				t.Errorf("%v on average, want at most %v", mean, limit)
			} else {
				t.Log(mean)
			}
		})
	}
}
