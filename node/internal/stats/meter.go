package stats

import (
	"math"
	"sync"
	"time"
)

// Meter tells how often something happens per second, averaged over the last
// minute with weights that fall off exponentially. The zero value is ready.
type Meter struct {
	mu    sync.Mutex
	first time.Time // when it began
	last  time.Time // of the last decay
	value float64   // per second, as of last
}

const meterWindow = time.Minute

// Mark counts one occurrence.
func (m *Meter) Mark() { m.markAt(time.Now()) }

func (m *Meter) markAt(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.decay(now)
	m.value += 1 / meterWindow.Seconds()
}

// Rate returns how often it happens per second.
func (m *Meter) Rate(now time.Time) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.decay(now)
	// In its first minutes a meter has not seen all that the weights stand for.
	seen := 1 - math.Exp(-now.Sub(m.first).Seconds()/meterWindow.Seconds())
	if seen <= 0 {
		return 0
	}
	return m.value / seen
}

func (m *Meter) decay(now time.Time) {
	if m.first.IsZero() {
		m.first, m.last = now, now
	}
	if elapsed := now.Sub(m.last); elapsed > 0 {
		m.value *= math.Exp(-elapsed.Seconds() / meterWindow.Seconds())
		m.last = now
	}
}
