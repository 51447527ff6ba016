package stats

import (
	"math"
	"testing"
	"time"
)

func TestMeterTellsTheRate(t *testing.T) {
	var m Meter
	now := time.Now()
	if got := m.Rate(now); got != 0 {
		t.Errorf("%v at first", got)
	}
	check := func(want float64) {
		t.Helper()
		if got := m.Rate(now); math.Abs(got-want) > 0.1*want+0.01 {
			t.Errorf("%.2f per second, want about %.2f", got, want)
		}
	}
	tick := func(n int, every time.Duration) {
		for range n {
			now = now.Add(every)
			m.markAt(now)
		}
	}
	tick(50, 200*time.Millisecond) // 10 s
	check(5)
	tick(3000, 200*time.Millisecond) // 10 min
	check(5)
	now = now.Add(time.Minute)
	check(5 / math.E)
	m.markAt(now.Add(-time.Hour)) // the clock was set back
	check(5 / math.E)
	now = now.Add(time.Hour)
	check(0)
}
