package sim

import (
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Partitions of every shape are over within seconds, and healing makes nobody
// unpingable. Times are those of the virtual clock.
func TestShapesHeal(t *testing.T) {
	const (
		nodes  = 10
		usual  = 10 * time.Second
		slowly = time.Minute // of a side that makes a probe each ten seconds
	)
	// When a cut has lasted long, or the dead were buried, there are few probes.
	bounds := map[string]time.Duration{"long": slowly, "changed": slowly, "forgotten": slowly}
	for _, shape := range Shapes() {
		t.Run(shape.Name, func(t *testing.T) {
			bound := usual
			if b, ok := bounds[shape.Name]; ok {
				bound = b
			}
			var scripts []*Script
			rounds := seeds(t, 2)
			if shape.Name == "long" {
				rounds = min(rounds, 1)
			}
			for seed := range uint64(rounds * len(cutWords)) { // each way in which a cut shows
				s, err := shape.Script(nodes, seed)
				if err != nil {
					t.Fatal(err)
				}
				scripts = append(scripts, s)
			}
			err := RunAll(scripts, 2, Options{Linger: 5 * time.Second}, func(_ int, r *Result) bool {
				switch h := r.Healing; {
				case r.Violation != nil:
					t.Errorf("%s\n%s", r.Script, r.Violation.Report())
				case h == nil || !h.Healed || h.Took > bound || h.Harmed > 0:
					t.Errorf("seed %d: %+v, want it healed within %v", r.Script.Seed, h, bound)
				}
				return true
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
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
	// A side of three looks for the other one six times a minute in the end; in
	// the beginning it still pings it.
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

// A cut that nobody heals is not taken for healed.
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

// A packet that is sent again comes late, and is not lost.
func TestResending(t *testing.T) {
	n := network{rng: newWorld(parse(t, "nodes 2"), Options{}).stream(1), latency: time.Millisecond, resend: 0.5}
	late := 0
	for range 1000 {
		if d := n.delay(0, 1); d != time.Millisecond {
			late++
			if (d-time.Millisecond)%retransmission != 0 {
				t.Fatalf("a packet took %v", d)
			}
		}
		if n.lost() {
			t.Fatal("a packet is lost")
		}
	}
	if late < 400 || late > 600 {
		t.Errorf("%d of 1000 packets came late, want about half", late)
	}
}

// Clocks are apart by no more than the skew, and nodes that start warm know of
// each other by what their own clocks show.
func TestSkew(t *testing.T) {
	w := newWorld(parse(t, "nodes 8\nwarm\nskew 1h\nfor 5s"), Options{})
	w.play()
	if w.result.Violation != nil || w.result.Refutations > 0 {
		t.Fatalf("%v, %d refutations", w.result.Violation, w.result.Refutations)
	}
	least, most := time.Hour, time.Duration(0)
	for _, m := range w.machines {
		ahead := m.clock.at(0).Sub(epoch)
		least, most = min(least, ahead), max(most, ahead)
	}
	if least < 0 || most > time.Hour || most-least < 10*time.Minute {
		t.Errorf("clocks are ahead by %v to %v", least, most)
	}
}

// A join that a cut drops is sent again after 1, 3 and 7 seconds, as long as its
// caller waits; a ping is not.
func TestJoinsKnockAgain(t *testing.T) {
	var trace strings.Builder
	w := newWorld(parse(t, "nodes 2\nwarm\nfor 1s"), Options{Trace: &trace})
	w.play()
	from, to := w.machines[0], w.machines[1]
	w.net.cuts = []cut{{part: []uint8{1, 2}, how: howDrop}}
	ask := func(r wire.Request, patience time.Duration) {
		w.call(from, &swim.Call{ID: 1 << 40, Target: to.address, Request: r, Timeout: patience})
	}
	join := &wire.JoinRequest{App: "sim", Source: from.address, Incarnation: 1}
	ask(join, 8*time.Second)
	ask(join, 3*time.Second)
	goOn := func(d time.Duration) string {
		w.trace.out.Flush()
		trace.Reset()
		w.script.For += d
		w.goOn()
		w.trace.out.Flush()
		return trace.String()
	}
	if text := goOn(2 * time.Second); strings.Contains(text, "node 2    answers") {
		t.Fatalf("a cut lets a join through:\n%s", text)
	}
	w.net.cuts = nil
	text := goOn(1500 * time.Millisecond)
	if n := strings.Count(text, "answers node 1 with 2 changes"); n != 1 || !strings.Contains(text, "4.000") {
		t.Errorf("%d joins are answered, want the one that is sent again at 4 s:\n%s", n, text)
	}
}
