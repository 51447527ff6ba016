package swim

import (
	"testing"
	"time"
)

// Periods are long while pings take long, and short again once a few do not.
func TestPeriodsFollowTheAnswers(t *testing.T) {
	p := newPeriod(200 * time.Millisecond)
	answer := func(times int, took time.Duration) {
		for range times {
			p.rtts.add(took)
		}
	}
	for _, step := range []struct {
		times int
		took  time.Duration
		want  time.Duration
	}{
		{0, 0, 200 * time.Millisecond},
		{20, time.Millisecond, 200 * time.Millisecond},
		{1, 3 * time.Second, 200 * time.Millisecond}, // one of many
		{40, time.Second, 2 * time.Second},
		{2, time.Millisecond, 2 * time.Second}, // it may be chance
		{1, time.Millisecond, 200 * time.Millisecond},
		{1, 300 * time.Millisecond, 600 * time.Millisecond},
		{1, 3 * time.Second, 2 * time.Second}, // the median counts
	} {
		answer(step.times, step.took)
		if got := p.length(); got != step.want {
			t.Errorf("after %d answers that took %v more: %v, want %v", step.times, step.took, got, step.want)
		}
	}
}
