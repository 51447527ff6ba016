package table

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// A joiner gets its place in the round under way.
func TestJoinerIsPingedInTheSameRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := NewProbeOrder(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)))
		members := rapid.IntRange(0, 10).Draw(t, "members")
		for i := range members {
			r.Add(MemberID(i))
		}
		any := func(MemberID) bool { return true }
		for range rapid.IntRange(0, 10).Draw(t, "pinged") {
			r.Next(any)
		}
		left := len(r.order) - r.next
		joiner := MemberID(members)
		r.Add(joiner)
		for range left + 1 {
			if picked, _ := r.Next(any); picked == joiner {
				return
			}
		}
		t.Fatal("the joiner was not pinged before the round was over")
	})
}
