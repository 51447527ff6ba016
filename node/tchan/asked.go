package tchan

import (
	"encoding/binary"
	"sync/atomic"
	"time"
)

// asked follows the calls that go out over a connection, as far as is needed to know
// whether an answer is still to come. It may be used from many goroutines.
type asked struct {
	calls atomic.Int64 // sent, and not answered yet or never
	until atomic.Int64 // unix nanoseconds: when the last one's time is up
}

// sent looks at a frame that is written.
func (a *asked) sent(frame []byte, now time.Time) {
	const ttl = headerSize + 1 // behind the flags, in ms
	if len(frame) < ttl+4 || frame[2] != kindCallReq {
		return
	}
	a.calls.Add(1)
	end := now.Add(time.Duration(binary.BigEndian.Uint32(frame[ttl:])) * time.Millisecond).UnixNano()
	for {
		until := a.until.Load()
		if until >= end || a.until.CompareAndSwap(until, end) {
			return
		}
	}
}

// answered is told of the first frame of each answer, those that come too late
// included.
func (a *asked) answered() {
	for {
		calls := a.calls.Load()
		if calls == 0 || a.calls.CompareAndSwap(calls, calls-1) {
			return
		}
	}
}

// any reports whether an answer may still come. Calls that were given up are counted
// until their time is up.
func (a *asked) any(now time.Time) bool {
	return a.calls.Load() > 0 && now.UnixNano() < a.until.Load()
}
