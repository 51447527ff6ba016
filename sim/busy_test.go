package sim

import (
	"fmt"
	"testing"
	"time"
)

// Nodes on a machine that has a processor for each of them only now and then, after 0.2 to 2 s,
// find each other all the same, hold none of them faulty that runs, and learn of one that
// does not.
func TestNodesOnABusyMachine(t *testing.T) {
	for _, n := range []int{10, 30, 100} {
		for seed := range seeds(t, 3) {
			r := play(t, parse(t, fmt.Sprintf(
				"nodes %d\nseed %d\nspread 1s\nfor 3m\n0s busy 1-%d by=2s\n1m crash 1", n, seed, n)), Options{})
			t.Logf("%d nodes, seed %d: one after %v, %d false positives, %d refutations, crash known after %v, %.1f messages a node and second, %d joins",
				n, seed, r.ConvergeTime, r.FalsePositives, r.Refutations, r.LastDetections, r.PerNode(r.Messages), r.Joins)
			if r.Violation != nil {
				t.Fatal(r.Violation.Report())
			}
			if text := within(20*time.Second, r.Converged, r.ConvergeTime); text != "" {
				t.Errorf("%d nodes, seed %d, to become one: %s", n, seed, text)
			}
			if r.FalsePositives > 0 {
				t.Errorf("%d nodes, seed %d: %d times a node that runs was held faulty", n, seed, r.FalsePositives)
			}
			if text := longest(time.Minute, r.LastDetections, 1); text != "" {
				t.Errorf("%d nodes, seed %d, to learn of a crash: %s", n, seed, text)
			}
		}
	}
}
