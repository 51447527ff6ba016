package sim

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestPercentile(t *testing.T) {
	values := make([]float64, 200)
	for i, v := range rand.New(rand.NewPCG(1, 1)).Perm(200) {
		values[i] = float64(v + 1)
	}
	slices.Sort(values)
	if p50, p99, one := Percentile(values, 0.5), Percentile(values, 0.99), Percentile([]float64{7}, 0.5); p50 != 100 || p99 != 198 || one != 7 {
		t.Errorf("median %v, p99 %v, of one value %v", p50, p99, one)
	}
}
