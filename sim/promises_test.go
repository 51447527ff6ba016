package sim

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/world"
)

// promise is what users can rely on in some history. Invariants hold in all histories and
// have generous bounds; a promise is about one, and has the bound that people are told.
type promise struct {
	script string
	// kept returns what is wrong with a run; empty: nothing.
	kept func(*Result, *diary) string
	// broken is a line of a script under which the promise is not kept.
	broken string
}

var promises = map[string]promise{
	"two nodes find each other": {
		script: "nodes 2",
		kept: func(r *Result, _ *diary) string {
			return within(5*time.Second, r.End == "one view, 2 alive", r.ConvergeTime)
		},
		broken: "0s list 1,2",
	},
	"a crash is noticed by all within 12 s, and a node that comes back is let in at once": {
		script: "nodes 10\n10s crash 4\n40s restart 4",
		kept: func(r *Result, _ *diary) string {
			if text := longest(12*time.Second, r.LastDetections, 1); text != "" {
				return text
			}
			return within(2*time.Second, r.Converged, r.SettleTime)
		},
		broken: "mutant undead",
	},
	"nodes that restart with their clocks an hour behind out-bid what is remembered of them": { // defect 15
		script: "nodes 6\n10s crash 2-6\n13s restart 2-6 clock=-1h",
		kept:   func(r *Result, _ *diary) string { return within(15*time.Second, r.Converged, r.SettleTime) },
		broken: "mutant losing-refutation",
	},
	"a node that all others have forgotten is taken back": {
		script: "nodes 4\nfaulty 5s\ntombstone 2s\n10s cut 3 | 1,2,4 how=drop\n1m0s mend",
		kept: func(r *Result, d *diary) string {
			if n := d.forgotten[2]; n != 3 {
				return fmt.Sprintf("%d nodes have forgotten it, not all three", n)
			}
			return longest(time.Minute, r.HealTimes, 1)
		},
		broken: "mutant no-heal",
	},
	"a process that was stopped refutes what was said of it meanwhile": {
		script: "nodes 5\n10s pause 3 time=1m",
		kept:   noFalsePositive,
		broken: "mutant losing-refutation",
	},
	"a process that was stopped accuses no member when it goes on": {
		// Node 3 suspects node 4 when it is stopped, and has no time to hear the refutation.
		script: "nodes 5\n10s pause 4 time=6s\n15.9s pause 3 time=1m",
		kept:   noFalsePositive,
		broken: "mutant losing-refutation",
	},
	"a node that is left alone notices, though no helper can confirm it": { // defect 8
		script: "nodes 6\n10s crash 2-6",
		kept:   func(r *Result, _ *diary) string { return longest(30*time.Second, r.LastDetections, 5) },
		broken: "rules ringpop",
	},
	"the dead are dialled less and less, and never not at all": { // defect 11
		script: "nodes 8\nfor 41m\n10s crash 1-4 how=drop",
		kept: func(_ *Result, d *diary) string {
			first, later := d.callsToTheDead(time.Minute, 11*time.Minute), d.callsToTheDead(11*time.Minute, 41*time.Minute)
			// 80 until a minute and a half have passed, half as many in each one after that until
			// they are 6 a minute, and some for chance.
			if first > 280 || later > 30*7 || later == 0 {
				return fmt.Sprintf("%d calls in the first ten minutes, %d in the next thirty", first, later)
			}
			return ""
		},
		broken: "rules ringpop",
	},
	"a target that does not answer does not hold up the detection of others": { // defect 7
		script: "nodes 6\nfor 16s\n10s cut 6 | 1-5 how=drop",
		kept: func(_ *Result, d *diary) string {
			// A period lasts 200 ms; one that waits for the target would last 6.5 s.
			if n := d.pingsOf(0, 10*time.Second, 16*time.Second); n < 25 {
				return fmt.Sprintf("%d pings in six seconds", n)
			}
			return ""
		},
		broken: "rules ringpop",
	},
	"every node tells once that the cluster may be split, and once that it is whole": {
		script: "nodes 4\n10s cut 1,2 | 3,4 how=drop\n50s mend",
		kept: func(_ *Result, d *diary) string {
			for _, told := range d.told {
				if !slices.Equal(told, []string{"split", "whole"}) {
					return fmt.Sprintf("nodes tell: %v", d.told)
				}
			}
			if d.merges == 0 {
				return "no node tells that it has merged"
			}
			return ""
		},
		broken: "mutant no-heal",
	},
}

// noFalsePositive is that no node is held faulty that runs, and that all is well soon.
func noFalsePositive(r *Result, _ *diary) string {
	if r.FalsePositives > 0 {
		return fmt.Sprintf("%d times a node that runs was held faulty", r.FalsePositives)
	}
	return within(10*time.Second, r.Converged, r.SettleTime)
}

// Promises are kept with all seeds, and a promise that is broken is noticed.
func TestPromises(t *testing.T) {
	for name, p := range promises {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(seeds(t, 6)) {
				if text := p.play(t, seed, ""); text != "" {
					t.Errorf("seed %d: %s", seed, text)
				}
				if text := p.play(t, seed, p.broken); text == "" {
					t.Errorf("seed %d: nothing is noticed under %q", seed, p.broken)
				}
			}
		})
	}
}

// play returns what is wrong with a run of the script with another line.
func (p *promise) play(t *testing.T, seed uint64, line string) string {
	t.Helper()
	s := parse(t, p.script+"\n"+line)
	s.Seed = seed
	r := newRun(s, Options{})
	d := newDiary(r.World)
	r.Observe(d)
	r.play()
	result := r.result()
	if v := result.Violation; v != nil {
		return v.Error()
	}
	return p.kept(result, d)
}

// within says how long something took if that was longer than a limit.
func within(limit time.Duration, done bool, took time.Duration) string {
	if !done || took > limit {
		return fmt.Sprintf("it took %v, more than %v (done: %v)", took, limit, done)
	}
	return ""
}

// longest is within for the longest of n times.
func longest(limit time.Duration, times []time.Duration, n int) string {
	if len(times) != n || slices.Max(times) > limit {
		return fmt.Sprintf("it took %v, and %d of at most %v were expected", times, n, limit)
	}
	return ""
}

// diary is an observer that keeps what some promises are about.
type diary struct {
	world.Nothing
	world     *world.World
	dead      []time.Duration         // when nodes that are down were called
	pings     map[int][]time.Duration // when each node sent some, by its index
	told      [][]string              // what each node has told of splits
	forgotten map[int32]int           // by how many others a node was forgotten
	merges    int
}

func newDiary(w *world.World) *diary {
	return &diary{world: w, pings: make(map[int][]time.Duration), told: make([][]string, len(w.Nodes)), forgotten: make(map[int32]int)}
}

func (d *diary) Sent(c *world.Call, _ wire.ChangeList) {
	if c.To != nil && !c.To.Up {
		d.dead = append(d.dead, d.world.Now)
	}
	if _, ping := c.Request.(*wire.Ping); ping {
		i := int(c.From.Index)
		d.pings[i] = append(d.pings[i], d.world.Now)
	}
}

func (d *diary) Changed(_, subject *world.Node, c *swim.MemberChange) {
	if c.After == nil && subject != nil {
		d.forgotten[subject.Index]++
	}
}

func (d *diary) Event(n *world.Node, e swim.Event) {
	switch e.(type) {
	case heal.PartitionSuspected:
		d.told[n.Index] = append(d.told[n.Index], "split")
	case heal.PartitionHealed:
		d.told[n.Index] = append(d.told[n.Index], "whole")
	case heal.Merged:
		d.merges++
	}
}

func (d *diary) callsToTheDead(from, to time.Duration) int { return between(d.dead, from, to) }

func (d *diary) pingsOf(index int, from, to time.Duration) int {
	return between(d.pings[index], from, to)
}

func between(times []time.Duration, from, to time.Duration) int {
	n := 0
	for _, at := range times {
		if from <= at && at < to {
			n++
		}
	}
	return n
}

// A split that has lasted for 40 s heals within seconds, however it was divided, and no
// member is held faulty by its own side. The times are those of the clusters, so the same
// seeds have the same figures; docs/healing.md has them.
func TestPartitionsHealWithinSeconds(t *testing.T) {
	for _, test := range []struct{ nodes, first, runs int }{{4, 2, 15}, {4, 1, 15}, {10, 5, 8}, {10, 1, 8}, {30, 15, 3}} {
		t.Run(fmt.Sprintf("%d from %d", test.first, test.nodes-test.first), func(t *testing.T) {
			times := healTimes(t, test.nodes, test.first, test.runs, "")
			median, longest := times[len(times)/2], times[len(times)-1]
			if median > 3*time.Second || longest > 10*time.Second {
				t.Errorf("median %v, longest %v: more than 3 s and 10 s", median, longest)
			}
			t.Logf("median %v, longest %v of %d splits", median, longest, len(times))
		})
	}
	if times := healTimes(t, 10, 5, 3, "rules ringpop"); times[len(times)/2] < 10*time.Second {
		t.Errorf("by Ringpop's rules it takes %v: there is nothing to be told", times)
	}
}

// healTimes cuts the first nodes of a cluster off for 40 s, and returns how long it
// takes from the network's return until all agree, in order.
func healTimes(t *testing.T, nodes, first, runs int, line string) []time.Duration {
	t.Helper()
	var times []time.Duration
	for seed := range uint64(runs) {
		s := parse(t, fmt.Sprintf("nodes %d\nlatency 1ms\njitter 0s\n10s cut 1-%d | %d-%d how=drop\n50s mend\n%s", nodes, first, first+1, nodes, line))
		s.Seed = seed
		r := play(t, s, Options{Linger: time.Second})
		if r.Violation != nil || r.FalsePositives > 0 || len(r.HealTimes) != 1 {
			t.Fatalf("seed %d: %v, %d false positives, heals %v", seed, r.Violation, r.FalsePositives, r.HealTimes)
		}
		times = append(times, r.HealTimes[0])
	}
	slices.Sort(times)
	return times
}
