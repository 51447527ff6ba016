package table

import (
	"testing"

	"pgregory.net/rapid"
)

// A number means one key as long as it is held, and none after the next sweep.
func TestNumbersMeanTheirKeysWhileHeld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keeps := rapid.Bool().Draw(t, "keeps")
		r := newInterner[string, MemberID](keeps)
		keys := rapid.SampledFrom([]string{"", "a", "b", "c", "d", "e"})
		numbers, uses := make(map[string]MemberID), make(map[string]int)
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			k := keys.Draw(t, "key")
			switch rapid.IntRange(0, 3).Draw(t, "do") {
			case 0, 1:
				n, fresh := r.intern(k)
				if old, ok := numbers[k]; ok == fresh || ok && old != n {
					t.Fatalf("%q is %d, fresh: %v; it was %d, %v", k, n, fresh, old, ok)
				}
				numbers[k] = n
				if rapid.Bool().Draw(t, "hold") {
					r.hold(n)
					uses[k]++
				}
			case 2:
				if uses[k] > 0 {
					r.release(numbers[k])
					uses[k]--
				}
			case 3:
				r.sweep(func(n MemberID) {
					if k := r.keys[n]; keeps || uses[k] > 0 || numbers[k] != n {
						t.Fatalf("%q is gone, with %d uses", k, uses[k])
					}
				})
				for k := range numbers {
					if uses[k] == 0 && !keeps {
						delete(numbers, k)
					}
				}
			}
			taken := make(map[MemberID]bool)
			for k, n := range numbers {
				if r.keys[n] != k || taken[n] {
					t.Fatalf("%d is %q, want %q; taken: %v", n, r.keys[n], k, taken[n])
				}
				taken[n] = true
			}
			if len(r.numbers) != len(numbers) {
				t.Fatalf("%d keys, want %d", len(r.numbers), len(numbers))
			}
		}
	})
}
