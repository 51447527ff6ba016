package script

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Scenario makes scripts of one kind.
type Scenario struct {
	Name string
	Help string
	// MinNodes is how many nodes it needs.
	MinNodes int
	// Joins is set if it is about joining. Large clusters of the others start
	// warm.
	Joins bool
	// Lists is set if the lists of hosts are drawn, too, up to a certain size.
	Lists  bool
	script func(s *Script, rng *rand.Rand)
}

// Scenarios returns all scenarios.
func Scenarios() []Scenario { return slices.Concat(scenarios, shapes) }

var scenarios = []Scenario{
	{"converge", "nodes start and find each other; nothing else happens", 1, true, true, func(*Script, *rand.Rand) {}},
	{"crash", "a tenth of the nodes crash at once", 3, false, true, crashScenario},
	{"last-one", "all nodes but one crash at once", 3, false, true, lastOneScenario},
	{"churn", "nodes crash and start again, one after the other; the dead are forgotten soon", 3, false, true, churnScenario},
	{"split", "two halves cannot reach each other for half a minute", 2, false, true, splitScenario(2)},
	{"split3", "three parts cannot reach each other for half a minute", 3, false, true, splitScenario(3)},
	{"flap", "a cut comes and goes, also while the last one is being healed", 2, false, true, flapScenario},
	{"bridge", "two parts cannot reach each other, and one node reaches both", 3, false, true, bridgeScenario},
	{"one-way", "messages of one half do not reach the other half", 2, false, true, oneWayScenario},
	{"pause", "processes are stopped for seconds to a minute", 3, false, true, pauseScenario},
	{"busy", "nodes start, and one crashes, on a machine on which all processes wait for a processor, up to seconds each time", 3, true, true, busyScenario},
	{"mass-restart", "all nodes restart within seconds, some with their clocks an hour behind", 2, false, true, massRestartScenario},
	{"join-storm", "a few nodes run; all others join within a second", 4, true, true, joinStormScenario},
	{"lists", "nodes with odd lists of hosts are started again soon after they died", 2, false, false, listsScenario},
	{"resolver", "nodes with resolvers: clean cuts, crashes, restarts, newcomers, leaves, pauses, flapping, a store that is not reached", 3, false, false, resolverScenario},
	{"random", "faults of all kinds, drawn by the seed, then calm", 2, false, true, randomScenario},
}

// FindScenario returns the scenario of a name; the error names those there are.
func FindScenario(name string) (Scenario, error) {
	var names []string
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Scenario{}, fmt.Errorf("no scenario %q, there are %s", name, strings.Join(names, ", "))
}

// Script makes a script. It depends on nothing but the arguments.
func (c Scenario) Script(nodes int, seed uint64) (*Script, error) {
	if nodes < c.MinNodes {
		return nil, fmt.Errorf("%w: scenario %s needs at least %d nodes", ErrInvalid, c.Name, c.MinNodes)
	}
	s := New(nodes)
	s.Seed = seed
	if nodes > largeCluster {
		s.Hosts = 20
		s.Warm = !c.Joins
	}
	c.script(s, rand.New(rand.NewPCG(seed, 3)))
	if c.Lists && nodes <= largeCluster {
		drawLists(s, rand.New(rand.NewPCG(seed, 5)))
	}
	return s, s.Validate()
}

// largeCluster is the size from which discovery lists only some nodes, as it
// does in practice.
const largeCluster = 200

// settled is when a cluster that was just started has converged.
func settled(nodes int) time.Duration {
	if nodes <= 50 {
		return 10 * time.Second
	}
	return 20 * time.Second
}

// some draws n different nodes.
func some(rng *rand.Rand, nodes, n int) Set {
	set := Set(rng.Perm(nodes)[:min(n, nodes)])
	for i := range set {
		set[i]++
	}
	slices.Sort(set)
	return set
}

// split draws a division of the nodes into parts of about the same size.
func split(rng *rand.Rand, nodes, parts int) []Set {
	sets := make([]Set, parts)
	for i, number := range rng.Perm(nodes) {
		sets[i%parts] = append(sets[i%parts], number+1)
	}
	for _, set := range sets {
		slices.Sort(set)
	}
	return sets
}

// draw returns a random duration between two.
func draw(rng *rand.Rand, from, to time.Duration) time.Duration {
	return (from + time.Duration(rng.Int64N(int64(to-from)+1))).Round(time.Millisecond)
}

func pick(rng *rand.Rand, words []string) string { return words[rng.IntN(len(words))] }

func crashScenario(s *Script, rng *rand.Rand) {
	s.add(settled(s.Nodes), "crash", func(st *Step) {
		st.Sets = []Set{some(rng, s.Nodes, max(1, s.Nodes/10))}
		st.How = pick(rng, crashWords)
	})
}

func lastOneScenario(s *Script, rng *rand.Rand) {
	s.add(settled(s.Nodes), "crash", func(st *Step) {
		st.Sets = []Set{some(rng, s.Nodes, s.Nodes-1)}
		st.How = pick(rng, crashWords)
	})
}

func churnScenario(s *Script, rng *rand.Rand) {
	s.Faulty, s.Tombstone = 20*time.Second, 10*time.Second
	at := settled(s.Nodes)
	for range min(20, 3+s.Nodes/2) {
		victim := Set{1 + rng.IntN(s.Nodes)}
		s.add(at, "crash", func(st *Step) { st.Sets = []Set{victim} })
		// Some come back before they are missed, some when they are forgotten.
		at += draw(rng, 500*time.Millisecond, 50*time.Second)
		s.add(at, "restart", func(st *Step) {
			st.Sets = []Set{victim}
			if rng.IntN(3) == 0 {
				st.Time = draw(rng, -time.Hour, time.Hour)
			}
		})
		at += draw(rng, time.Second, 5*time.Second)
	}
	// One stays away, and must stay forgotten.
	s.add(at, "crash", func(st *Step) { st.Sets = []Set{{1 + rng.IntN(s.Nodes)}} })
	s.For = at + s.Faulty + s.Tombstone + 90*time.Second
}

func splitScenario(parts int) func(*Script, *rand.Rand) {
	return func(s *Script, rng *rand.Rand) {
		at := settled(s.Nodes)
		s.add(at, "cut", func(st *Step) {
			st.Sets = split(rng, s.Nodes, parts)
			st.How = pick(rng, cutWords)
		})
		s.add(at+30*time.Second, "mend", nil)
	}
}

func flapScenario(s *Script, rng *rand.Rand) {
	at := settled(s.Nodes)
	sets := split(rng, s.Nodes, 2)
	for range 6 {
		s.add(at, "cut", func(st *Step) { st.Sets, st.How = sets, pick(rng, cutWords) })
		at += draw(rng, time.Second, 15*time.Second)
		s.add(at, "mend", nil)
		at += draw(rng, time.Second, 8*time.Second)
	}
}

func bridgeScenario(s *Script, rng *rand.Rand) {
	at := settled(s.Nodes)
	sets := split(rng, s.Nodes, 3)
	bridge := sets[0][:1]
	rest := append(slices.Clone(sets[0][1:]), sets[1]...)
	slices.Sort(rest)
	s.add(at, "cut", func(st *Step) { st.Sets = []Set{rest, sets[2]} })
	s.add(at+20*time.Second, "pause", func(st *Step) { st.Sets, st.Time = []Set{bridge}, 8*time.Second })
	s.add(at+60*time.Second, "mend", nil)
}

func oneWayScenario(s *Script, rng *rand.Rand) {
	at := settled(s.Nodes)
	s.add(at, "one-way", func(st *Step) { st.Sets = split(rng, s.Nodes, 2) })
	s.add(at+30*time.Second, "mend", nil)
}

func pauseScenario(s *Script, rng *rand.Rand) {
	at := settled(s.Nodes)
	for range 4 {
		s.add(at, "pause", func(st *Step) {
			st.Sets = []Set{some(rng, s.Nodes, 1+rng.IntN(max(1, s.Nodes/4)))}
			st.Time = draw(rng, 2*time.Second, time.Minute)
		})
		at += draw(rng, 5*time.Second, 30*time.Second)
	}
}

func busyScenario(s *Script, rng *rand.Rand) {
	s.Spread = time.Second
	all := everybody(s.Nodes)
	s.add(0, "busy", func(st *Step) { st.Sets, st.Time = []Set{all}, draw(rng, 500*time.Millisecond, 3*time.Second) })
	s.add(time.Minute, "crash", func(st *Step) { st.Sets = []Set{some(rng, s.Nodes, 1)} })
	s.add(2*time.Minute, "busy", func(st *Step) { st.Sets = []Set{all} })
}

func massRestartScenario(s *Script, rng *rand.Rand) {
	at := settled(s.Nodes)
	for _, number := range rng.Perm(s.Nodes) {
		s.add(at, "restart", func(st *Step) {
			st.Sets = []Set{{number + 1}}
			if rng.IntN(2) == 0 {
				st.Time = -time.Hour
			}
		})
		at += draw(rng, 0, 10*time.Second/time.Duration(s.Nodes))
	}
}

func joinStormScenario(s *Script, _ *rand.Rand) {
	s.Start = max(3, s.Nodes/10)
	at := settled(s.Start)
	for number := s.Start + 1; number <= s.Nodes; number++ {
		s.add(at, "restart", func(st *Step) { st.Sets = []Set{{number}} })
		at += time.Second / time.Duration(s.Nodes)
	}
}
