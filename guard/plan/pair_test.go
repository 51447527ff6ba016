package plan

import (
	"fmt"
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

func TestOfManySidesNotAllArePutBesideEachOther(t *testing.T) {
	var parts [][]wire.Address
	for i := range 100 {
		parts = append(parts, []wire.Address{address(i)})
	}
	r := cutInto(parts...)
	pairs := Compare(r.verdict().Sides, nil)
	if n := len(pairs); n > 2*len(parts) {
		t.Errorf("%d pairs of %d sides", n, len(parts))
	}
	met := make(map[string]bool)
	for _, p := range pairs {
		met[fmt.Sprint(p.A.Nodes[0])], met[fmt.Sprint(p.B.Nodes[0])] = true, true
	}
	if len(met) != len(parts) {
		t.Errorf("%d of %d sides are in pairs", len(met), len(parts))
	}
}

// A rumour reaches the nodes of a side one after the other: what is safe for one of them
// may kill in the eyes of another, which has not heard of the last refutation yet.
func TestTheNodeThatKnowsLeastCounts(t *testing.T) {
	a, b := halves(4)
	r := cutInto(a, b)
	r.holds(b[0], wire.Alive, 12, b...)
	r.holds(b[1], wire.Alive, 11, b[0]) // it has not heard of 12
	r.holds(a[0], wire.Faulty, 9, b[0])
	r.holds(a[1], wire.Faulty, 11, b[0]) // and this one of more than the other
	pair := Compare(r.verdict().Sides, nil)[0]
	for _, re := range pair.Plan.Theirs {
		if re.Suspect.Address == b[0] {
			if re.Suspect.Incarnation != 11 {
				t.Errorf("%s is suspected at %d", b[0], re.Suspect.Incarnation)
			}
			return
		}
	}
	t.Errorf("%s need not reincarnate: %v", b[0], pair.Plan)
}
