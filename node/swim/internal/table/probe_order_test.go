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

// A sample has no member twice, and none that is not good, in clusters of any size; members
// that leave are not in it, and the others keep their turns.
func TestSamplesAreOfDifferentMembers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := NewProbeOrder(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)))
		members := rapid.IntRange(0, 100).Draw(t, "members")
		for i := range members {
			o.Add(MemberID(i))
		}
		all := func(MemberID) bool { return true }
		for range rapid.IntRange(0, members).Draw(t, "pinged") {
			o.Next(all)
		}
		rounds := o.Round()
		divisor := MemberID(rapid.IntRange(1, 20).Draw(t, "divisor"))
		good := func(m MemberID) bool { return m%divisor == 0 }
		count := 0
		for m := range MemberID(members) {
			if good(m) {
				count++
			}
		}
		check := func(what string, drawn []MemberID, want int) {
			seen := make(map[MemberID]bool)
			for _, m := range drawn {
				if seen[m] || !good(m) {
					t.Fatalf("%s: %v", what, drawn)
				}
				seen[m] = true
			}
			if len(drawn) != want {
				t.Fatalf("%s: %d members, want %d", what, len(drawn), want)
			}
		}
		size := rapid.IntRange(0, 5).Draw(t, "size")
		check("a sample", o.Sample(size, good), min(size, count))
		left := 0
		for _, m := range o.order[o.next:] {
			if good(m) {
				left++
			}
		}
		o.Keep(good)
		var round []MemberID
		for range left {
			m, _ := o.Next(all)
			round = append(round, m)
		}
		check("the rest of the round", round, left)
		if o.Round() != rounds {
			t.Fatal("another round began")
		}
	})
}
