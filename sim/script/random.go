package script

import (
	"math/rand/v2"
	"slices"
	"time"
)

// randomScenario draws a network, some faults of all kinds, and then calm: cuts
// are mended, the network is good, most of the dead are started again.
func randomScenario(s *Script, rng *rand.Rand) {
	s.Latency = draw(rng, 50*time.Microsecond, 5*time.Millisecond)
	s.Jitter = draw(rng, 0, 20*time.Millisecond)
	s.Spread = draw(rng, 0, 20*time.Second)
	s.Labels = rng.IntN(3) == 0
	if rng.IntN(4) == 0 {
		s.Loss = float64(rng.IntN(30)) / 1000
	}
	if rng.IntN(4) == 0 {
		s.Duplicate = float64(rng.IntN(100)) / 1000
	}
	if rng.IntN(4) == 0 {
		s.Hosts = min(s.Nodes, 2+rng.IntN(s.Nodes))
	}
	if rng.IntN(3) == 0 {
		s.Faulty = draw(rng, 5*time.Second, 40*time.Second)
		s.Tombstone = draw(rng, 5*time.Second, 20*time.Second)
	}
	r := randomFaults{s: s, rng: rng, at: s.Spread + draw(rng, 0, 10*time.Second)}
	for range 1 + rng.IntN(10) {
		r.next()
		r.at += draw(rng, 100*time.Millisecond, 15*time.Second)
	}
	r.calm()
	// Steps of the same time keep their order.
	slices.SortStableFunc(s.Steps, func(a, b Step) int { return int(a.At - b.At) })
}

// randomFaults remembers what has to be undone in the end.
type randomFaults struct {
	s    *Script
	rng  *rand.Rand
	at   time.Duration
	down Set
	slow Set
	left Set
}

func (r *randomFaults) step(verb string, change func(*Step)) { r.s.add(r.at, verb, change) }

// few draws some nodes, rarely many.
func (r *randomFaults) few() Set {
	n := 1
	if r.rng.IntN(3) == 0 {
		n = 1 + r.rng.IntN(max(1, r.s.Nodes/3))
	}
	return some(r.rng, r.s.Nodes, n)
}

// next adds a fault.
func (r *randomFaults) next() {
	rng := r.rng
	switch rng.IntN(14) {
	case 0, 1, 2:
		r.step("cut", func(st *Step) {
			st.Sets = split(rng, r.s.Nodes, min(r.s.Nodes, 2+rng.IntN(2)))
			if rng.IntN(3) == 0 && len(st.Sets[0]) > 1 {
				st.Sets[0] = st.Sets[0][1:] // a bridge
			}
			st.How = pick(rng, cutWords)
		})
	case 3:
		r.step("one-way", func(st *Step) { st.Sets = split(rng, r.s.Nodes, 2) })
	case 4, 5:
		r.step("mend", nil)
	case 6, 7:
		set := r.few()
		r.down = append(r.down, set...)
		r.step("crash", func(st *Step) { st.Sets, st.How = []Set{set}, pick(rng, crashWords) })
	case 8:
		set := r.few()
		r.another(set)
		r.step("restart", func(st *Step) { st.Sets, st.Time = []Set{set}, r.clock() })
	case 9, 10:
		r.step("pause", func(st *Step) { st.Sets, st.Time = []Set{r.few()}, draw(rng, 100*time.Millisecond, 30*time.Second) })
	case 11:
		set := r.few()
		r.slow = append(r.slow, set...)
		r.step("slow", func(st *Step) { st.Sets, st.Time = []Set{set}, draw(rng, time.Millisecond, 50*time.Millisecond) })
	case 12:
		r.step("drift", func(st *Step) { st.Sets, st.Rate = []Set{r.few()}, float64(rng.IntN(20_000)-10_000) })
	case 13:
		r.command()
	}
}

// command adds something that people do.
func (r *randomFaults) command() {
	set := r.few()
	verb := pick(r.rng, []string{"leave", "label", "reap", "heal", "evict"})
	switch verb {
	case "leave":
		r.left = append(r.left, set...)
	case "evict":
		r.down = append(r.down, set...)
	}
	r.step(verb, func(st *Step) { st.Sets = []Set{set} })
}

// clock draws what a clock is off by: mostly nothing, now and then decades.
func (r *randomFaults) clock() time.Duration {
	const decade = 10 * 365 * 24 * time.Hour
	switch r.rng.IntN(8) {
	case 0:
		return draw(r.rng, -4*decade, 4*decade)
	case 1, 2, 3:
		return draw(r.rng, -time.Hour, time.Hour)
	}
	return 0
}

// calm ends all faults.
func (r *randomFaults) calm() {
	r.step("mend", nil)
	r.step("loss", nil)
	r.step("duplicate", nil)
	undo := func(verb string, set Set) {
		slices.Sort(set)
		if set = slices.Compact(set); len(set) > 0 {
			r.step(verb, func(st *Step) { st.Sets = []Set{set} })
		}
	}
	undo("slow", r.slow)
	if r.rng.IntN(2) == 0 {
		undo("rejoin", r.left)
	}
	r.at += draw(r.rng, 0, 10*time.Second)
	// A few of the dead stay so.
	slices.Sort(r.down)
	back := slices.Compact(r.down)
	keep := r.rng.IntN(min(len(back), r.s.Nodes/3) + 1)
	undo("restart", back[keep:])
}
