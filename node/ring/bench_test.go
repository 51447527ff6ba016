package ring

import (
	"fmt"
	"testing"
)

// BenchmarkUpdate removes and adds one server after the other, so the price of
// a new base every now and then is in it.
func BenchmarkUpdate(b *testing.B) {
	for _, n := range []int{10, 100, 1_000, 10_000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			changes := add(addresses(n)...)
			r := ringOf(b, 0, changes...)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				c := changes[i/2%n]
				c.Remove = i%2 == 0
				r, _ = r.Update([]Change{c})
			}
		})
	}
}
