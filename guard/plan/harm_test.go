package plan

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/wire"
)

// Whatever two to four sides believe of each other, whichever members are dead, however
// many guards there are and wherever one of them stops: no live member becomes unpingable
// to a node that held it pingable, neither at once nor by gossip; and the guards make one
// ring.
func TestNoMemberIsHarmed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRing(t)
		guards := []*guard{}
		for i := range rapid.IntRange(1, 3).Draw(t, "guards") {
			guards = append(guards, newGuard(uint64(i)+rapid.Uint64Range(0, 1000).Draw(t, "seed"), nil))
		}
		killed := rapid.IntRange(0, 30).Draw(t, "guard killed after calls")
		mended := rapid.IntRange(0, 6).Draw(t, "network mended after looks")
		for look := range 40 {
			if look == mended {
				r.mend()
			}
			for i, g := range guards {
				if i == 0 && len(guards) > 1 && len(g.calls) >= killed {
					continue
				}
				g.look(r, nil)
				if len(r.harmed) > 0 {
					t.Fatalf("look %d: harmed: %v", look, r.harmed)
				}
			}
			r.gossip()
			if len(r.harmed) > 0 {
				t.Fatalf("look %d, after gossip: harmed: %v", look, r.harmed)
			}
		}
		if v := r.verdict(); len(v.Sides) != 1 {
			t.Fatalf("%d sides in the end: %v", len(v.Sides), guards[len(guards)-1].last)
		}
	})
}

// drawRing draws a ring that is cut, whose sides believe things of each other that a
// cut, crashes and restarts can have left behind.
func drawRing(t *rapid.T) *toyRing {
	n := rapid.IntRange(2, 9).Draw(t, "nodes")
	count := rapid.IntRange(2, min(n, 4)).Draw(t, "parts")
	parts := make([][]wire.Address, count)
	for i := range n {
		part := i
		if i >= count {
			part = rapid.IntRange(0, count-1).Draw(t, "part")
		}
		parts[part] = append(parts[part], address(i))
	}
	r := cutInto(parts...)
	for i, part := range parts {
		for j, other := range parts {
			if i == j {
				continue
			}
			for _, m := range other {
				status := rapid.SampledFrom([]wire.Status{wire.Faulty, wire.Faulty, wire.Leave, wire.Tombstone}).Draw(t, "status")
				incarnation := rapid.Int64Range(8, 12).Draw(t, "incarnation")
				for _, node := range part {
					r.holds(node, status, incarnation, m)
				}
			}
		}
		for _, m := range part { // of its own members, some nodes have newer beliefs
			for _, node := range part {
				r.holds(node, wire.Alive, 10+rapid.Int64Range(0, 2).Draw(t, "newer"), m)
			}
			r.holds(m, wire.Alive, 12, m)
		}
	}
	return r
}
