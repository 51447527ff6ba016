package tchan

import (
	"log/slog"
	"sync"
	"time"
)

// limitedLog logs events that strangers can cause as often as they like: at most one a
// second, with the number of those left out.
type limitedLog struct {
	log *slog.Logger

	mu     sync.Mutex
	last   time.Time
	silent int
}

const logEvery = time.Second

func (l *limitedLog) warn(msg string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if now.Sub(l.last) < logEvery {
		l.silent++
		return
	}
	if l.silent > 0 {
		args = append(args, "unlogged", l.silent)
	}
	l.last, l.silent = now, 0
	l.log.Warn(msg, args...)
}
