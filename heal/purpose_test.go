package heal

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// The calls of a visit say why they are made; metrics and simulations go by it.
func TestCallsOfAVisitSayWhy(t *testing.T) {
	for name, test := range map[string]struct {
		theirs wire.Change // of member 3, which ours holds alive at 0
		want   []swim.Purpose
	}{
		"merge":                   {change(3, wire.Alive, 0), []swim.Purpose{swim.HealAttempt, swim.HealMerge}},
		"ours must reincarnate":   {change(3, wire.Faulty, 0), []swim.Purpose{swim.HealAttempt}},
		"theirs must reincarnate": {change(3, wire.Alive, -1), []swim.Purpose{swim.HealAttempt, swim.HealReincarnate}},
	} {
		ours := change(3, wire.Alive, 0)
		if name == "theirs must reincarnate" {
			ours = change(3, wire.Faulty, 0)
		}
		a, b := newSide(t, addr(1), ours), newSide(t, addr(2), test.theirs)
		a.healer.Heal(1)
		a.healer.Hosts([]wire.Address{addr(2)})
		var why []swim.Purpose
		for a.calls.Pending() > 0 {
			for _, call := range a.out.Calls {
				why = append(why, call.Purpose)
			}
			a.deliver(b)
		}
		if diff := cmp.Diff(test.want, why); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
