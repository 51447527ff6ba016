package tchan

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/uber/tchannel-go"
)

// libraryLog passes the library's logs on. All of them become debug logs,
// because its errors are mostly things that any passer-by can cause (a port
// scan is an "error" per port). What an operator must know, this package says
// itself.
type libraryLog struct{ log *slog.Logger }

var _ tchannel.Logger = libraryLog{}

func (l libraryLog) Enabled(tchannel.LogLevel) bool {
	return l.log.Enabled(context.Background(), slog.LevelDebug)
}

// Fatal must not end the process, as the library expects.
func (l libraryLog) Fatal(msg string) { l.log.Error(msg) }

func (l libraryLog) Error(msg string)          { l.log.Debug(msg) }
func (l libraryLog) Warn(msg string)           { l.log.Debug(msg) }
func (l libraryLog) Info(msg string)           { l.log.Debug(msg) }
func (l libraryLog) Debug(msg string)          { l.log.Debug(msg) }
func (l libraryLog) Infof(f string, v ...any)  { l.debugf(f, v) }
func (l libraryLog) Debugf(f string, v ...any) { l.debugf(f, v) }
func (l libraryLog) Fields() tchannel.LogFields {
	return nil
}

func (l libraryLog) debugf(format string, args []any) {
	if l.Enabled(tchannel.LogLevelDebug) {
		l.log.Debug(fmt.Sprintf(format, args...))
	}
}

// WithFields is called several times per call, so it costs nothing when nobody
// will see the fields.
func (l libraryLog) WithFields(fields ...tchannel.LogField) tchannel.Logger {
	if !l.Enabled(tchannel.LogLevelDebug) {
		return l
	}
	attrs := make([]any, len(fields))
	for i, f := range fields {
		attrs[i] = slog.Any(f.Key, f.Value)
	}
	return libraryLog{l.log.With(attrs...)}
}

// limitedLog logs what strangers can cause as often as they like: at most once
// a second, with the number of times that it kept silent.
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
