package sim

import (
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"time"
)

// Options say how to play a script. They do not change what happens, but Linger
// ends it early.
type Options struct {
	// Trace gets a line for each thing that happens; nil for none.
	Trace io.Writer
	// Record keeps what charts are drawn from.
	Record bool
	// Watch, if not nil, is called now and then with the time of a run, from the
	// goroutine that plays it.
	Watch func(s *Script, now time.Duration)
	// Linger, if not 0, ends the run that long after the last cut was healed.
	Linger time.Duration
	// Verify plays the script twice and compares the traces.
	Verify bool
}

// Run plays a script. The error wraps [ErrScript]; that an invariant did not hold
// is no error, but in the result.
func Run(s *Script, o Options) (*Result, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	r, err := playOnce(s, o)
	if err != nil || !o.Verify || r.Violation != nil {
		return r, err
	}
	again, err := playOnce(s, Options{Linger: o.Linger})
	if err != nil {
		return nil, err
	}
	if again.TraceHash != r.TraceHash {
		words := ""
		for _, i := range Invariants() {
			if i.Name == invariantTrace {
				words = i.Words
			}
		}
		r.Violation = &Violation{
			Invariant: invariantTrace, Words: words, Seed: s.Seed, Step: r.Steps, At: r.Virtual,
			What: fmt.Sprintf("the first time it is %016x, the second time %016x", r.TraceHash, again.TraceHash),
		}
	}
	return r, nil
}

func playOnce(s *Script, o Options) (*Result, error) {
	w := newWorld(s, o)
	func() {
		defer func() {
			if p := recover(); p != nil {
				w.panicked(p)
			}
		}()
		w.play()
	}()
	w.conclude()
	if w.trace.out != nil {
		if err := w.trace.out.Flush(); err != nil {
			return nil, fmt.Errorf("writing the trace: %w", err)
		}
	}
	return w.result, nil
}

// panicked makes a violation of a panic of a core.
func (w *world) panicked(p any) {
	stack := debug.Stack()
	if w.current == nil {
		panic(p) // our own
	}
	w.violate(invariantPanic, []*machine{w.current}, "node %d: %v", w.current.number(), p)
	w.result.Violation.Story += string(stack)
}

// RunAll plays scripts, at most parallel at once, and hands each result to done,
// in the order of the scripts, from one goroutine. It returns the first error,
// and ends when done returns false.
func RunAll(scripts []*Script, parallel int, o Options, done func(i int, r *Result) bool) error {
	type outcome struct {
		r   *Result
		err error
	}
	outcomes := make([]chan outcome, len(scripts))
	for i := range outcomes {
		outcomes[i] = make(chan outcome, 1)
	}
	stop := make(chan struct{})
	tickets := make(chan struct{}, max(1, parallel))
	var running sync.WaitGroup
	defer running.Wait()
	defer close(stop)
	running.Go(func() {
		for i, s := range scripts {
			select {
			case tickets <- struct{}{}:
			case <-stop:
				return
			}
			running.Go(func() {
				defer func() { <-tickets }()
				r, err := Run(s, o)
				outcomes[i] <- outcome{r, err}
			})
		}
	})
	for i := range scripts {
		o := <-outcomes[i]
		if o.err != nil {
			return o.err
		}
		if !done(i, o.r) {
			return nil
		}
	}
	return nil
}
