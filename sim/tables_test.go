package sim

import (
	"testing"
	"time"

	"github.com/ringmend/ringmend/sim/script"
)

// Large clusters share tables, which production never does. What comes of a history is the
// same as with tables of their own, and how long it takes is about the same; traces differ,
// because the changes of a message are in the order of other numbers.
func TestSharedTablesMakeNoDifference(t *testing.T) {
	var settled, shared time.Duration
	for _, text := range []string{
		"nodes 8\n10s crash 3,4\n40s restart 3\n1m0s label 5",
		"nodes 12\nlabels\n10s cut 1-6 | 7-12 how=refuse\n40s mend",
		"nodes 20\nhosts 2\n10s cut 1-5 | 6-20\n40s mend\n1m0s restart 1",
		"nodes 15\nfaulty 10s\ntombstone 5s\n10s crash 2,3\n1m0s restart 2\n1m20s evict 4\n1m40s restart 4",
		"nodes 60\n10s cut 1-30 | 31-60 how=stall\n40s mend",
	} {
		for seed := range uint64(3) {
			own := parse(t, text+"\ntables own")
			own.Seed = seed
			both := own.Clone()
			both.Tables = script.TablesShared
			a, b := play(t, own, Options{}), play(t, both, Options{})
			if x, y := Outcome(a), Outcome(b); x != y {
				t.Errorf("seed %d of\n%s\nends so with tables of their own:\n%s\nand so with shared ones:\n%s", seed, text, x, y)
			}
			settled += a.SettleTime
			shared += b.SettleTime
		}
	}
	if settled > 2*shared || shared > 2*settled {
		t.Errorf("all settle within %v with tables of their own, and within %v with shared ones", settled, shared)
	}
}
