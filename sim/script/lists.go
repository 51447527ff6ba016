package script

import (
	"math/rand/v2"
	"slices"
	"time"
)

// The lists of hosts that nodes are given in practice are seldom those of all nodes.
// These are the kinds that scenarios draw.
var listKinds = []func(*Script, *rand.Rand){
	func(*Script, *rand.Rand) {}, // all nodes
	func(*Script, *rand.Rand) {},
	oneSeed,
	chain,
	staleLists,
	deadEnds,
}

// drawLists gives the nodes lists of hosts of one kind.
func drawLists(s *Script, rng *rand.Rand) {
	steps := s.Steps
	s.Steps = nil
	listKinds[rng.IntN(len(listKinds))](s, rng)
	s.Steps = append(s.Steps, steps...)
}

func (s *Script) list(at time.Duration, nodes, hosts Set, how string) {
	s.add(at, "list", func(st *Step) {
		st.Sets, st.How = []Set{nodes}, how
		if len(hosts) > 0 {
			st.Sets = append(st.Sets, hosts)
		}
	})
}

// oneSeed lists a single node to all, which lists only itself, or all others.
func oneSeed(s *Script, rng *rand.Rand) {
	seed := Set{1 + rng.IntN(s.Nodes)}
	s.list(0, everybody(s.Nodes), seed, "")
	if rng.IntN(2) == 0 {
		s.list(0, seed, everybody(s.Nodes), "")
	}
}

// chain lists to each node the one before it.
func chain(s *Script, _ *rand.Rand) {
	s.list(0, Set{1}, nil, "")
	for i := 2; i <= s.Nodes; i++ {
		s.list(0, Set{i}, Set{i - 1}, "")
	}
}

// staleLists lists one node, and an address at which no node is any more.
func staleLists(s *Script, rng *rand.Rand) {
	s.list(0, everybody(s.Nodes), Set{1 + rng.IntN(s.Nodes)}, HowNowhere)
}

// deadEnds are nodes whose lists name no node that exists. All others list them.
func deadEnds(s *Script, rng *rand.Rand) {
	s.list(0, some(rng, s.Nodes, 1+rng.IntN(max(1, s.Nodes/2))), nil, HowNowhere)
}

func everybody(nodes int) Set {
	all := make(Set, nodes)
	for i := range all {
		all[i] = i + 1
	}
	return all
}

// another draws a list for nodes that are started again.
func (r *randomFaults) another(nodes Set) {
	switch r.rng.IntN(6) {
	case 0:
		r.s.list(r.at, nodes, nil, "")
	case 1:
		r.s.list(r.at, nodes, nil, HowNowhere)
	case 2:
		r.s.list(r.at, nodes, r.few(), HowNowhere)
	}
}

// listsScenario kills nodes and starts them again before or after they are missed, with
// the list of before or another one.
func listsScenario(s *Script, rng *rand.Rand) {
	r := randomFaults{s: s, rng: rng, at: settled(s.Nodes)}
	listKinds[2+rng.IntN(len(listKinds)-2)](s, rng)
	for range 1 + rng.IntN(5) {
		victims := r.few()
		if rng.IntN(2) == 0 {
			victims = Set{1} // a seed, as a rule
		}
		s.add(r.at, pick(rng, []string{"crash", "crash", "leave", "evict"}), func(st *Step) { st.Sets = []Set{victims} })
		r.at += draw(rng, 0, 10*time.Second)
		r.another(victims)
		s.add(r.at, "restart", func(st *Step) { st.Sets = []Set{victims} })
		r.at += draw(rng, 0, 10*time.Second)
	}
	slices.SortStableFunc(s.Steps, func(a, b Step) int { return int(a.At - b.At) })
}
