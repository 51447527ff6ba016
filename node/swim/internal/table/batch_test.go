package table

import (
	"fmt"
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

// A batch keeps what members were and are; with shared storage, until the next sweep, after
// which the room is used for others.
func TestBatchesKeepWhatMembersWereAndAre(t *testing.T) {
	for _, shared := range []*Shared{nil, NewShared(wire.FlavourGo)} {
		table, _ := New(wire.FlavourGo, shared, "self:1")
		const members = 3 * maxPiece
		for life := range int64(3) {
			b := table.Begin()
			for i := range members {
				m := table.addresses.intern(wire.Address(fmt.Sprintf("10.0.0.%d:3000", i)))
				b.Add(m, State{Incarnation: 1 + life})
				before, after := b.Set(m, State{1 + life, wire.Faulty, map[string]string{"k": "v"}})
				if before.Status != wire.Alive || after.Status != wire.Faulty || after.Labels["k"] != "v" {
					t.Fatalf("%v became %v", before, after)
				}
				b.Remove(m)
			}
			if b.Len() != 3*members || len(b.Changes()) != b.Len() {
				t.Fatalf("%d changes were made, %d are kept", b.Len(), len(b.Changes()))
			}
			for i, c := range b.Changes() {
				for step, m := range []*wire.Member{c.Before, c.After} {
					if (m == nil) != (i%3 == 0 && step == 0 || i%3 == 2 && step == 1) {
						t.Fatalf("change %d is from %v to %v", i, c.Before, c.After)
					}
					if want := wire.Address(fmt.Sprintf("10.0.0.%d:3000", i/3)); m != nil && (m.Address != want || m.Incarnation != 1+life) {
						t.Fatalf("change %d is of %v, want %s", i, m, want)
					}
				}
			}
			if next := table.Begin(); next.Len() != 0 {
				t.Errorf("a batch begins with %d changes", next.Len())
			}
			table.Sweep()
		}
		if shared != nil && len(shared.addresses.arena.pieces) > 4*members/maxPiece {
			t.Errorf("the room is not used again: %d pieces", len(shared.addresses.arena.pieces))
		}
	}
}
