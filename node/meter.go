package node

import (
	"math"
	"sync"
	"time"
)

// meters count calls of the protocol.
type meters struct {
	client meter // made
	server meter // answered
}

// meter tells how often something happens per second, averaged over the last
// minute with weights that fall off exponentially. The zero value is ready.
type meter struct {
	mu    sync.Mutex
	last  time.Time // of the last decay
	value float64   // per second, as of last
}

const meterWindow = time.Minute

func (m *meter) mark() { m.markAt(time.Now()) }

func (m *meter) markAt(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.decay(now)
	m.value += 1 / meterWindow.Seconds()
}

func (m *meter) rate(now time.Time) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.decay(now)
	return m.value
}

func (m *meter) decay(now time.Time) {
	if elapsed := now.Sub(m.last); !m.last.IsZero() && elapsed > 0 {
		m.value *= math.Exp(-elapsed.Seconds() / meterWindow.Seconds())
	}
	m.last = now
}
