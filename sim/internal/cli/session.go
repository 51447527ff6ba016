package cli

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"time"

	"github.com/ringmend/ringmend/sim"
	"github.com/ringmend/ringmend/sim/script"
)

// Session is one execution of a command.
type Session struct {
	Out      io.Writer
	Messages io.Writer       // progress, and what is not the result
	Stop     context.Context // ends it early, with what there is so far
	progress *progress
}

// NewSession returns a session that begins now.
func NewSession(stop context.Context, out, messages io.Writer) *Session {
	return &Session{Out: out, Messages: messages, Stop: stop, progress: &progress{out: messages, began: time.Now()}}
}

// Elapsed returns the time since the beginning.
func (s *Session) Elapsed() time.Duration { return time.Since(s.progress.began) }

// Tell shows a line, with the time, unless the last one was shown a moment ago. It may
// be called from many goroutines.
func (s *Session) Tell(format string, args ...any) { s.progress.tell(format, args...) }

// Play plays scripts, parallel at once, and hands each result to done, in the order of
// the scripts, until that returns false or the session is stopped. stopped says so
// if it was. what names a run, to show how far
// they are.
func (s *Session) Play(scripts []*script.Script, parallel int, o sim.Options, what func(*script.Script) string, done func(*sim.Result) bool) (stopped, err error) {
	places := make(map[*script.Script]int, len(scripts))
	nodes := 0
	for i, one := range scripts {
		places[one] = i
		nodes = max(nodes, one.Nodes)
	}
	useMemory(nodes)
	o.Watch = func(one *script.Script, now time.Duration) {
		s.Tell("run %d of %d: %s, at %v", places[one]+1, len(scripts), what(one), now.Round(time.Second))
	}
	played := 0
	err = sim.RunAll(scripts, parallel, o, func(_ int, r *sim.Result) bool {
		played++
		return done(r) && s.Stop.Err() == nil
	})
	if s.Stop.Err() != nil && played < len(scripts) {
		stopped = fmt.Errorf("stopped after %d of %d runs", played, len(scripts))
	}
	return stopped, err
}

// useMemory sets how the garbage collector works for runs of so many nodes. Small runs
// make much garbage and keep little; what a large cluster keeps may be most of the
// machine's memory.
func useMemory(nodes int) {
	if nodes > script.LargeAbove {
		debug.SetGCPercent(50)
		debug.SetMemoryLimit(7 << 30)
		return
	}
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(6 << 30)
}

// often is the time between two lines of progress.
const often = 2 * time.Second

// progress shows how far a command is, not too often. It may be told from many
// goroutines.
type progress struct {
	out   io.Writer
	began time.Time

	mu   sync.Mutex
	told time.Time
}

// tell shows a line, with the time, unless the last one was shown a moment ago.
func (p *progress) tell(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); now.Sub(p.told) >= often && now.Sub(p.began) >= often {
		p.told = now
		fmt.Fprintf(p.out, "%5.0fs  %s\n", now.Sub(p.began).Seconds(), fmt.Sprintf(format, args...))
	}
}
