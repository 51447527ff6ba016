package workload

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/ringmend/ringmend/lab/result"
)

// Names are the workloads there are.
var Names = []string{"uniform", "zipf"}

// Planned is an operation that is to be started.
type Planned struct {
	ID           int
	At           time.Duration // since the load began
	Node, Client int           // from 0
	Key          string
	Write        bool
	Value        string // what is written; no two are equal
}

// Plan draws all operations of a run. Client says which client speaks to a node, for
// the n-th operation. The same seed gives the same operations.
func Plan(c *result.Config, client func(n, node int) int) ([]Planned, error) {
	random := rand.New(rand.NewPCG(c.Seed, 0x6c6f6164))
	pick, err := picker(c, random)
	if err != nil {
		return nil, err
	}
	var all []Planned
	length := c.Duration()
	at := time.Duration(0)
	for id := 0; ; id++ {
		switch c.Arrival {
		case "poisson":
			at += time.Duration(random.ExpFloat64() / c.Rate * float64(time.Second))
		default:
			at = time.Duration(math.Round(float64(id) / c.Rate * float64(time.Second)))
		}
		if at >= length {
			return all, nil
		}
		p := Planned{ID: id, At: at, Node: id % c.Nodes, Key: fmt.Sprintf("key-%d", pick()), Write: random.Float64() < c.WriteRatio}
		p.Client = client(id/c.Nodes, p.Node)
		if p.Write {
			p.Value = value(id, c.PayloadSize)
		}
		all = append(all, p)
	}
}

// picker returns what draws the number of a key.
func picker(c *result.Config, random *rand.Rand) (func() uint64, error) {
	switch c.Workload {
	case "uniform":
		return func() uint64 { return random.Uint64N(uint64(c.MaxKey) + 1) }, nil
	case "zipf":
		// Key 0 is asked most.
		return rand.NewZipf(random, c.ZipfS, 1, uint64(c.MaxKey)).Uint64, nil
	}
	return nil, fmt.Errorf("unknown workload %q, there are %s", c.Workload, strings.Join(Names, ", "))
}

// value returns the number of an operation, filled up to a size.
func value(id, size int) string {
	digits := fmt.Sprint(id)
	return strings.Repeat("0", max(0, size-len(digits))) + digits
}

// Frequent returns the key that is asked most often.
func Frequent(plan []Planned) string {
	count, best := map[string]int{}, ""
	for i := range plan {
		key := plan[i].Key
		count[key]++
		if best == "" || count[key] > count[best] {
			best = key
		}
	}
	return best
}
