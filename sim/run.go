package sim

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/ringmend/ringmend/sim/check"
	"github.com/ringmend/ringmend/sim/measure"
	"github.com/ringmend/ringmend/sim/script"
	"github.com/ringmend/ringmend/sim/trace"
	"github.com/ringmend/ringmend/sim/world"
)

// Options say how to play a script. They do not change what happens, except that Linger
// ends it early.
type Options struct {
	// Trace gets a line for each thing that happens; nil for none.
	Trace io.Writer
	// Record keeps what charts are drawn from.
	Record bool
	// Watch, if not nil, is called at each sample with the time of the run, from the
	// goroutine that plays it.
	Watch func(s *script.Script, now time.Duration)
	// Linger, if not 0, ends the run that long after the last cut was healed.
	Linger time.Duration
	// Verify plays the script twice and compares the traces.
	Verify bool
}

// Check returns an error, which wraps [script.ErrInvalid], if a script cannot be played.
func Check(s *script.Script) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if _, ok := mutants[s.Mutant]; !ok && s.Mutant != "" {
		return fmt.Errorf("%w: no mutant %q, there are %s", script.ErrInvalid, s.Mutant, strings.Join(Mutants(), ", "))
	}
	return nil
}

// Run plays a script. The error wraps [script.ErrInvalid]; that an invariant did not hold
// is no error, but in the result.
func Run(s *script.Script, o Options) (*Result, error) {
	if err := Check(s); err != nil {
		return nil, err
	}
	r, err := playOnce(s, o)
	if err != nil || !o.Verify || r.Violation != nil {
		return r, err
	}
	if s.Observes() {
		return r, checkSilent(r, o)
	}
	again, err := playOnce(s, Options{Linger: o.Linger})
	if err != nil {
		return nil, err
	}
	if again.TraceHash != r.TraceHash {
		r.Violation = &world.Violation{
			Invariant: check.InvariantTrace, Words: check.Words(check.InvariantTrace), Seed: s.Seed, Step: r.Steps, At: r.Virtual,
			What: fmt.Sprintf("the first time it is %016x, the second time %016x", r.TraceHash, again.TraceHash),
		}
	}
	return r, nil
}

// checkSilent plays the script of a run without its resolvers, which only observe, and adds
// a violation if they have made a difference.
func checkSilent(r *Result, o Options) error {
	s := r.Script.WithoutResolver()
	s.Mutant = ""
	without, err := playOnce(s, Options{Linger: o.Linger})
	if err != nil {
		return err
	}
	if without.happened != r.happened {
		r.Violation = &world.Violation{
			Invariant: check.InvariantSilent, Words: check.Words(check.InvariantSilent), Seed: s.Seed, Step: r.Steps, At: r.Virtual,
			What: fmt.Sprintf("without resolvers the trace is %016x, with resolvers that observe %016x", without.happened, r.happened),
		}
	}
	return nil
}

func playOnce(s *script.Script, o Options) (*Result, error) {
	r := newRun(s, o)
	r.play()
	if err := r.trace.Flush(); err != nil {
		return nil, fmt.Errorf("writing the trace: %w", err)
	}
	return r.result(), nil
}

// run is a world that is played, with its observers.
type run struct {
	*world.World
	trace    *trace.Trace
	checks   *check.Checks
	serving  *check.Serving // nil: there are no resolvers
	measures *measure.Measures
}

func newRun(s *script.Script, o Options) *run {
	w := world.New(s)
	r := &run{World: w, trace: trace.New(w, o.Trace), checks: check.New(w)}
	r.measures = measure.New(w, r.checks)
	r.measures.Record, r.measures.Linger = o.Record, o.Linger
	w.TellStories(r.trace.Story)
	w.Tamper(mutants[s.Mutant].tamper(r))
	w.Observe(r.trace, r.checks, r.measures)
	if r.serving = check.NewServing(w, r.checks); r.serving != nil {
		w.Observe(r.serving)
	}
	if o.Watch != nil {
		w.Observe(watch{w: w, tell: o.Watch})
	}
	w.Begin()
	return r
}

// watch reports how far a run is, at each sample.
type watch struct {
	world.Nothing
	w    *world.World
	tell func(*script.Script, time.Duration)
}

func (o watch) Sampled() { o.tell(o.w.Script, o.w.Now) }

// play lets everything happen until the run is over. A panic of a core is a violation.
func (r *run) play() {
	defer func() {
		if p := recover(); p != nil {
			r.panicked(p)
		}
	}()
	end := r.Script.For
	if end == 0 {
		// A script that does not end its faults has no calm to wait for.
		b := r.checks.Bounds()
		end = r.LastStep() + 2*b.Converge + 2*b.Settle()
	}
	r.RunUntil(end)
}

// panicked makes a violation of a panic of a core.
func (r *run) panicked(p any) {
	stack := debug.Stack()
	n := r.Current()
	if n == nil {
		panic(p) // our own
	}
	r.Violate(world.InvariantPanic, []*world.Node{n}, "node %d: %v", n.Number(), p)
	r.Violation.Story += string(stack)
}

// result adds up what the run has shown.
func (r *run) result() *Result {
	r.measures.Conclude()
	v := r.Violation
	if v != nil {
		v.Words = check.Words(v.Invariant)
	}
	var served []script.Set
	if r.serving != nil {
		served = r.serving.Served()
	}
	return &Result{
		Script: r.Script, TraceHash: r.trace.Hash(), Steps: r.Events, Virtual: r.Now,
		Violation: v, End: r.ending(), Served: served, Figures: r.measures.Figures,
		happened: r.trace.Happened(),
	}
}

// RunAll plays scripts, at most parallel at once, and hands each result to done,
// in the order of the scripts, from one goroutine. It returns the first error,
// and ends when done returns false.
func RunAll(scripts []*script.Script, parallel int, o Options, done func(i int, r *Result) bool) error {
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
