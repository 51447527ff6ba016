package workload

import (
	"context"
	"math"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/lab/result"
)

func config(workload string) *result.Config {
	return &result.Config{Workload: workload, Nodes: 3, DurationS: 100, Rate: 100, MaxKey: 9, PayloadSize: 10, WriteRatio: 0.3, Arrival: "uniform", ZipfS: 1.5, Seed: 4}
}

func plan(t *testing.T, c *result.Config) []Planned {
	t.Helper()
	all, err := Plan(c, func(n, _ int) int { return n % 2 })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheSameSeedDrawsTheSame(t *testing.T) {
	c := config("uniform")
	c.Arrival = "poisson"
	if !reflect.DeepEqual(plan(t, c), plan(t, c)) {
		t.Error("two plans with one seed differ")
	}
	other := config("uniform")
	other.Arrival, other.Seed = "poisson", 5
	if reflect.DeepEqual(plan(t, c), plan(t, other)) {
		t.Error("two seeds give the same")
	}
}

func TestUniform(t *testing.T) {
	all := plan(t, config("uniform"))
	if len(all) != 10_000 {
		t.Fatalf("%d operations in 100 s at 100 a second", len(all))
	}
	keys, writes, values := map[string]int{}, 0, map[string]bool{}
	for i, p := range all {
		if p.At != time.Duration(i)*10*time.Millisecond || p.Node != i%3 || p.Client != i/3%2 {
			t.Fatalf("operation %d: %+v", i, p)
		}
		keys[p.Key]++
		if p.Write {
			writes++
			if len(p.Value) != 10 || values[p.Value] {
				t.Fatalf("value %q", p.Value)
			}
			values[p.Value] = true
		}
	}
	for key, n := range keys {
		if math.Abs(float64(n)-1000) > 4*math.Sqrt(1000) {
			t.Errorf("%s is asked %d times of 10000", key, n)
		}
	}
	if len(keys) != 10 || math.Abs(float64(writes)-3000) > 200 {
		t.Errorf("%d keys, %d writes", len(keys), writes)
	}
}

func TestPoisson(t *testing.T) {
	c := config("uniform")
	c.Arrival = "poisson"
	all := plan(t, c)
	if math.Abs(float64(len(all))-10_000) > 400 {
		t.Errorf("%d operations", len(all))
	}
	// As many gaps are longer than the mean as e says.
	long := 0
	for i := range all[1:] {
		if all[i+1].At-all[i].At > 10*time.Millisecond {
			long++
		}
	}
	if part := float64(long) / float64(len(all)); math.Abs(part-1/math.E) > 0.03 {
		t.Errorf("%.3f of the gaps are longer than the mean", part)
	}
}

func TestZipf(t *testing.T) {
	all := plan(t, config("zipf"))
	count := map[string]int{}
	for _, p := range all {
		count[p.Key]++
	}
	if Frequent(all) != "key-0" || count["key-0"] < 3*count["key-3"] {
		t.Errorf("%v", count)
	}
	if _, err := Plan(config("frob"), nil); err == nil {
		t.Error("frob is a workload")
	}
}

// A system that stalls is asked as often as before, and its latency counts from when an
// operation was to start.
func TestTheLoadIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		stall := began.Add(10 * time.Second) // until then nothing is answered
		d := &Driver{MaxInFlight: 1000, Timeout: time.Minute}
		c := config("uniform")
		c.DurationS, c.Rate = 5, 10
		ops := d.Run(t.Context(), began, plan(t, c), func(ctx context.Context, op *Planned) Answer {
			time.Sleep(time.Until(stall)) // on the bubble's clock
			return Answer{Outcome: result.OK}
		})
		if len(ops) != 50 {
			t.Fatalf("%d operations", len(ops))
		}
		for _, op := range ops {
			if op.Started != op.Intended || op.Ended != 10 || op.Latency() != 10-op.Intended {
				t.Errorf("%+v", op)
			}
		}
	})
}

func TestTooManyAreShed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &Driver{MaxInFlight: 3, Timeout: time.Second}
		c := config("uniform")
		c.DurationS, c.Rate = 1, 10
		ops := d.Run(t.Context(), time.Now(), plan(t, c), func(ctx context.Context, op *Planned) Answer {
			<-ctx.Done()
			return Answer{Outcome: result.Unknown}
		})
		count := map[result.Outcome]int{}
		for _, op := range ops {
			count[op.Outcome]++
			if op.Outcome == result.Shed && op.Ended != op.Started {
				t.Errorf("%+v", op)
			}
		}
		// The first three time out when the load ends.
		if count[result.Unknown] != 3 || count[result.Shed] != 7 || d.Counts()[result.Shed] != 7 {
			t.Errorf("%v", count)
		}
	})
}

func TestALoadThatIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		d := &Driver{MaxInFlight: 100, Timeout: time.Minute}
		ops := d.Run(ctx, time.Now(), plan(t, config("uniform")), func(ctx context.Context, op *Planned) Answer {
			return Answer{Outcome: result.OK}
		})
		if len(ops) < 49 || len(ops) > 51 {
			t.Errorf("%d operations in half a second", len(ops))
		}
	})
}
