package tchan

import (
	"sync"
	"time"
)

// deadline is the earlier of two: the caller's of the connection, and the
// guard's for the frame that is being received.
type deadline struct {
	set func(time.Time) error

	mu      sync.Mutex
	callers time.Time
	frames  time.Time
}

func (d *deadline) caller(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.callers = t
	return d.apply()
}

func (d *deadline) frame(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.frames.Equal(t) {
		d.frames = t
		_ = d.apply() // it fails when closed, and so does the next read
	}
}

func (d *deadline) frameAtMost(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.frames.IsZero() || t.Before(d.frames) {
		d.frames = t
		_ = d.apply()
	}
}

func (d *deadline) apply() error {
	earliest := d.callers
	if !d.frames.IsZero() && (earliest.IsZero() || d.frames.Before(earliest)) {
		earliest = d.frames
	}
	return d.set(earliest)
}
