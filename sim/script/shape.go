package script

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Shapes returns the scenarios in which a partition ends at one moment, to study
// how it is healed. How the cut shows to callers is not left to the seed's
// chance, but follows from it: the seeds go through the ways in turn.
func Shapes() []Scenario { return slices.Clone(shapes) }

var shapes = []Scenario{
	{"halves", "half of the nodes cannot reach the other half", 2, false, false, shaped(partsShape(2))},
	{"alone", "one node cannot reach the others", 2, false, false, shaped(aloneShape)},
	{"quarter", "a quarter of the nodes cannot reach the others", 4, false, false, shaped(quarterShape)},
	{"three-parts", "three parts cannot reach each other", 3, false, false, shaped(partsShape(3))},
	{"five-parts", "five parts cannot reach each other", 5, false, false, shaped(partsShape(5))},
	{"bridged", "two halves cannot reach each other, but one node reaches all", 3, false, false, shaped(bridgedShape)},
	{"flapping", "the cut between two halves comes and goes", 2, false, false, shaped(flappingShape)},
	{"cut-again", "two halves are cut again while they are being healed", 2, false, false, shaped(cutAgainShape)},
	{"restarted", "half of the nodes on either side restart during the cut", 4, false, false, shaped(restartedShape)},
	{"changed", "during the cut nodes join, leave, get labels, and bury the other side", 4, false, false, shaped(changedShape)},
	{"forgotten", "during the cut each half forgets the other one", 2, false, false, shaped(forgottenShape)},
	{"skewed", "halves, the clocks up to an hour apart, and some nodes restart with theirs an hour back", 4, false, false, shaped(skewedShape)},
	{"lossy", "halves, and all the time each tenth packet is lost and sent again", 2, false, false, shaped(lossyShape)},
	{"long", "halves for a quarter of an hour", 2, false, false, shaped(longShape)},
}

// shape is a partition that a script is written for.
type shape struct {
	*Script
	rng *rand.Rand
	how string // the cut shows to callers
	// from and to are when the cut begins and ends. Its length is drawn from a
	// range of half a minute: Ringpop's healers work in step every 30 s, and how
	// long they need depends on when in that time the network comes back.
	from, to time.Duration
}

func shaped(write func(*shape)) func(*Script, *rand.Rand) {
	return func(s *Script, rng *rand.Rand) {
		from := settled(s.Nodes)
		if s.Warm {
			from = 5 * time.Second
		}
		how := cutWords[s.Seed%uint64(len(cutWords))]
		write(&shape{s, rng, how, from, from + draw(rng, 20*time.Second, 50*time.Second)})
		slices.SortStableFunc(s.Steps, func(a, b Step) int { return int(a.At - b.At) })
	}
}

// cut keeps sets of nodes from each other for some time.
func (p *shape) cut(from, to time.Duration, sets []Set) {
	p.add(from, "cut", func(st *Step) { st.Sets, st.How = sets, p.how })
	p.add(to, "mend", nil)
}

func (p *shape) on(at time.Duration, verb string, nodes Set) {
	p.add(at, verb, func(st *Step) { st.Sets = []Set{nodes} })
}

func partsShape(parts int) func(*shape) {
	return func(p *shape) { p.cut(p.from, p.to, split(p.rng, p.Nodes, parts)) }
}

func aloneShape(p *shape) { p.cut(p.from, p.to, p.apart(1)) }

func quarterShape(p *shape) { p.cut(p.from, p.to, p.apart(p.Nodes/4)) }

// apart draws a set of n nodes, and another of all others.
func (p *shape) apart(n int) []Set {
	few := some(p.rng, p.Nodes, n)
	var others Set
	for i := 1; i <= p.Nodes; i++ {
		if _, ok := slices.BinarySearch(few, i); !ok {
			others = append(others, i)
		}
	}
	return []Set{few, others}
}

func bridgedShape(p *shape) {
	sets := split(p.rng, p.Nodes, 2)
	i := p.rng.IntN(len(sets[0])) // the bridge is in no part
	sets[0] = slices.Delete(sets[0], i, i+1)
	p.cut(p.from, p.to, sets)
}

func flappingShape(p *shape) {
	sets := split(p.rng, p.Nodes, 2)
	at := p.from
	for range 3 {
		to := at + draw(p.rng, 4*time.Second, 15*time.Second)
		p.cut(at, to, sets)
		at = to + draw(p.rng, time.Second, 6*time.Second)
	}
	p.cut(at, at+draw(p.rng, 12*time.Second, 25*time.Second), sets)
}

func cutAgainShape(p *shape) {
	sets := split(p.rng, p.Nodes, 2)
	p.cut(p.from, p.to, sets)
	again := p.to + draw(p.rng, 300*time.Millisecond, 2*time.Second)
	p.cut(again, again+draw(p.rng, 12*time.Second, 25*time.Second), sets)
}

// restartedShape restarts nodes when the other side is held faulty, and long
// enough before the end for them to have joined what they reach.
func restartedShape(p *shape) {
	sets := split(p.rng, p.Nodes, 2)
	p.cut(p.from, p.to, sets)
	for _, side := range sets {
		half := p.few(side, len(side)/2)
		at := p.from + draw(p.rng, 8*time.Second, 13*time.Second)
		p.on(at, "crash", half)
		p.on(at+draw(p.rng, time.Second, 2*time.Second), "restart", half)
	}
}

// few draws n nodes of a set.
func (p *shape) few(set Set, n int) Set {
	few := slices.Clone(set)
	p.rng.Shuffle(len(few), func(i, j int) { few[i], few[j] = few[j], few[i] })
	few = few[:min(n, len(few))]
	slices.Sort(few)
	return few
}

// changedShape lets a tenth of the nodes join during the cut, on both sides, and
// some of the others do what nodes do.
func changedShape(p *shape) {
	joining := max(1, p.Nodes/20)
	p.Start = p.Nodes - 2*joining
	p.Labels = true
	sets := split(p.rng, p.Start, 2)
	for i, old := range sets {
		at := p.from + draw(p.rng, 6*time.Second, 10*time.Second)
		p.on(at, "label", p.few(old, max(1, len(old)/10)))
		if len(old) > 2 {
			p.on(at+time.Second, "leave", p.few(old, max(1, len(old)/20)))
		}
		var news Set
		for n := range joining {
			news = append(news, p.Start+i*joining+n+1)
		}
		p.on(at+2*time.Second, "restart", news)
		sets[i] = append(old, news...)
		p.on(p.from+draw(p.rng, 15*time.Second, 19*time.Second), "reap", p.few(old, 1))
	}
	p.cut(p.from, p.to, sets)
}

// forgottenShape lets both sides reap each other, and leaves enough time for the
// tombstones to be forgotten. Only discovery then knows the missing members.
func forgottenShape(p *shape) {
	p.Tombstone = 3 * time.Second
	sets := split(p.rng, p.Nodes, 2)
	const buried = 14 * time.Second
	for _, side := range sets {
		p.on(p.from+buried, "reap", p.few(side, 1))
	}
	p.cut(p.from, p.to+buried, sets)
}

// skewedShape also restarts a few nodes whose clocks go back by an hour, as those
// of restored machines do.
func skewedShape(p *shape) {
	p.Skew = time.Hour
	sets := split(p.rng, p.Nodes, 2)
	p.cut(p.from, p.to, sets)
	for _, side := range sets {
		at := p.from + draw(p.rng, 8*time.Second, 13*time.Second)
		p.add(at, "restart", func(st *Step) {
			st.Sets, st.Time = []Set{p.few(side, max(1, len(side)/10))}, -time.Hour
		})
	}
}

func lossyShape(p *shape) {
	const rate = 0.1
	const lasts = 5 * time.Minute // after the cut, more than any healer takes
	p.add(0, "loss", func(st *Step) { st.Rate, st.How = rate, HowResend })
	partsShape(2)(p)
	p.add(p.to+lasts, "loss", nil)
}

func longShape(p *shape) {
	const longer = 14 * time.Minute
	p.to += longer
	partsShape(2)(p)
}
