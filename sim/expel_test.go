package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// What operators say of members is known to all in the end, whatever happens meanwhile: words
// on both sides of a partition, crashes and restarts of any single node, clocks that are an
// hour apart.
func TestLastWordsSurvive(t *testing.T) {
	for seed := range uint64(seeds(t, 40)) {
		rng := rand.New(rand.NewPCG(seed, 21))
		s := parse(t, history(rng))
		s.Seed = seed
		r := play(t, s, Options{})
		if r.Violation != nil {
			t.Errorf("%s\n%s", s, r.Violation.Report())
		}
		if t.Failed() {
			return
		}
	}
}

// history draws words, cuts and restarts. The nodes are given time to spread a word before one
// of them crashes: a word that a single node knows dies with it.
func history(rng *rand.Rand) string {
	nodes := 4 + rng.IntN(6)
	node := func() int { return 1 + rng.IntN(nodes) }
	told := node() // the last one that was told something
	var b strings.Builder
	fmt.Fprintf(&b, "nodes %d\n", nodes)
	at := 15 * time.Second
	step := func(format string, args ...any) {
		fmt.Fprintf(&b, "%v %s\n", at, fmt.Sprintf(format, args...))
	}
	for range 3 + rng.IntN(8) {
		switch rng.IntN(6) {
		case 0, 1, 2:
			// Most are about one member, to get words that contradict each other.
			a, about := node(), 1+rng.IntN(2)
			if a == about {
				continue
			}
			verb := "expel"
			if rng.IntN(2) == 0 {
				verb = "readmit"
			}
			told = a
			step("%s %d > %d", verb, a, about)
		case 3:
			part := 1 + rng.IntN(nodes-1)
			step("cut 1-%d | %d-%d how=drop", part, part+1, nodes)
			at += time.Duration(rng.IntN(30)) * time.Second
		case 4:
			step("mend")
		case 5:
			at += 90 * time.Second
			step("mend")
			at += 90 * time.Second
			step("restart %d clock=%dm", []int{told, node()}[rng.IntN(2)], rng.IntN(120)-60)
		}
		at += time.Duration(rng.IntN(15000)) * time.Millisecond
	}
	at += 10 * time.Second
	step("mend")
	return b.String()
}
