package ring

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// Ranges say the same as lookups, also at their very ends, while servers come and go.
func TestRangesAreWhatLookupsSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := New(rapid.IntRange(1, 12).Draw(t, "points"))
		for range rapid.IntRange(0, 20).Draw(t, "changes") {
			// Many ports with points in common.
			server := fmt.Sprintf("10.0.0.1:%s", rapid.SampledFrom([]string{"3", "30", "300", "3000", "30001", "30002", "4"}).Draw(t, "server"))
			r, _ = r.Update([]Change{{Server: server, Identity: server, Remove: rapid.Bool().Draw(t, "remove")}})
		}
		whole := uint64(0)
		for _, server := range r.Servers() {
			ranges := r.Ranges(server)
			slot, _ := r.find(server)
			for i, h := range ranges {
				whole += uint64(h.last-h.first) + 1
				if h.first > h.last || i > 0 && ranges[i-1].last >= h.first-1 {
					t.Fatalf("%s: %v are not ranges in order", server, ranges)
				}
				for _, hash := range []uint32{h.first, h.last, h.first + (h.last-h.first)/2} {
					if !r.leads(slot, hash) || !ranges.has(hash) {
						t.Fatalf("%s does not own %d, of %v", server, hash, h)
					}
				}
			}
		}
		if r.Len() > 0 && whole != 1<<32 {
			t.Fatalf("all ranges of %v hold %d hashes", r.Servers(), whole)
		}
	})
}

func TestRangesAnd(t *testing.T) {
	ranges := rapid.Custom(func(t *rapid.T) Ranges {
		var l Ranges
		for range rapid.IntRange(0, 5).Draw(t, "ranges") {
			first := rapid.Uint32Range(0, 40).Draw(t, "first")
			l = append(l, hashRange{first, first + rapid.Uint32Range(0, 5).Draw(t, "length")})
		}
		return l.tidied()
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := ranges.Draw(t, "a"), ranges.Draw(t, "b")
		both := a.And(b)
		for hash := range uint32(50) {
			if both.has(hash) != (a.has(hash) && b.has(hash)) {
				t.Fatalf("%d: %v and %v give %v", hash, a, b, both)
			}
		}
	})
}

func BenchmarkRanges(b *testing.B) {
	r := New(0)
	for i := range 1000 {
		server := fmt.Sprintf("10.0.%d.%d:3000", i/250, i%250)
		r, _ = r.Update([]Change{{Server: server, Identity: server}})
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Ranges("10.0.1.1:3000")
	}
}
