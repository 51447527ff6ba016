package vector

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/node/swim"
)

// Options say what to run, and against what.
type Options struct {
	Program Program
	// Flavour selects the schemas of bodies and the checksum.
	Flavour swim.Flavour
	Bodies  *Bodies
	Vectors []*Vector
	Sizes   []int
	// Known are the failures that are expected of the program; nil for none.
	Known *Known
	// Parallel is how many vectors run at once; each has a node of its own.
	// Default: 6 for each processor, since they mostly wait.
	Parallel int
	// Progress is called after each run, never concurrently; may be nil.
	Progress func(r *Result, done, total int)

	ports ports.Pool
}

// Outcome is how a run ended.
type Outcome string

// The outcomes of a run.
const (
	Pass      Outcome = "pass"
	Fail      Outcome = "fail"
	KnownFail Outcome = "known"   // failed, as expected of this program
	Fixed     Outcome = "fixed"   // passed, although a failure is expected
	Skipped   Outcome = "skipped" // not run: it makes no sense for this program
)

// Result is how one vector went at one size.
type Result struct {
	Vector  *Vector
	Size    int
	Outcome Outcome
	Reason  string        // of the outcome; empty for a pass
	Detail  string        // how a known failure showed
	Took    time.Duration // in all
	Output  string        // what the node printed last, after a failure
}

// Bad reports whether the result makes the whole run fail.
func (r *Result) Bad() bool { return r.Outcome == Fail || r.Outcome == Fixed }

// job is one vector at one size.
type job struct {
	vector *Vector
	size   int
}

// Run runs the vectors at the wanted sizes and returns the results, in the
// order of the vectors and their sizes. It ends early with ctx.
func Run(ctx context.Context, o *Options) []*Result {
	var jobs []job
	for _, v := range o.Vectors {
		for _, size := range v.Sizes.of(o.Sizes) {
			jobs = append(jobs, job{v, size})
		}
	}
	parallel := o.Parallel
	if parallel <= 0 {
		parallel = 6 * runtime.NumCPU()
	}
	results := make([]*Result, len(jobs))
	next := make(chan int)
	var workers sync.WaitGroup
	var progress sync.Mutex
	done := 0
	for range min(parallel, len(jobs)) {
		workers.Go(func() {
			for i := range next {
				results[i] = o.run(ctx, jobs[i])
				progress.Lock()
				done++
				if o.Progress != nil {
					o.Progress(results[i], done, len(jobs))
				}
				progress.Unlock()
			}
		})
	}
	for i := range jobs {
		next <- i
	}
	close(next)
	workers.Wait()
	return results
}

// run runs one vector, and judges the outcome by what is known.
func (o *Options) run(ctx context.Context, j job) *Result {
	r := &Result{Vector: j.vector, Size: j.size, Outcome: Pass}
	expected := o.Known.find(j.vector.Name, j.size)
	if expected != nil && expected.Skip {
		r.Outcome, r.Reason = Skipped, expected.Reason
		return r
	}
	start := time.Now()
	err := o.attempt(ctx, j, r)
	r.Took = time.Since(start)
	switch {
	case err != nil && expected != nil:
		r.Outcome, r.Reason, r.Detail = KnownFail, expected.Reason, err.Error()
	case err != nil:
		r.Outcome, r.Reason = Fail, err.Error()
	case expected != nil && !expected.Flaky:
		r.Outcome, r.Reason = Fixed, "it is not known to fail any more: "+expected.Reason
	}
	return r
}

func (o *Options) attempt(ctx context.Context, j job, r *Result) (err error) {
	ctx, cancel := context.WithTimeout(ctx, maxRun)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("not run: %w", err)
	}
	s, err := newSession(ctx, o, j.vector, j.size)
	defer func() {
		err = errors.Join(err, s.close())
		if err != nil {
			r.Output = s.sut.out.String()
		}
	}()
	if err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	if err := s.begin(); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := j.vector.Steps.run(s); err != nil {
		return err
	}
	return s.end()
}

// beginnings are the steps that come before those of the vector.
var beginnings = map[string]Steps{
	"unstarted": {},
	"started":   {{"start", &startStep{}}},
	"ready":     {{"start", &startStep{}}, {"ready", &readyStep{}}},
	"quiet":     {{"start", &startStep{}}, {"ready", &readyStep{}}, {"quiet", &quietStep{}}},
}

func (s *session) begin() error {
	if err := s.bind(s.vector.bind); err != nil {
		return err
	}
	begin := s.vector.Begin
	if begin == "" {
		begin = "quiet"
	}
	if err := beginnings[begin].run(s); err != nil {
		return err
	}
	if begin != "quiet" {
		return nil
	}
	view, err := s.stats(s.ctx)
	if err != nil {
		return err
	}
	s.baseline = view.members
	return nil
}

// end checks that the node is still there and in its right mind.
func (s *session) end() error {
	if err := s.health(); err != nil {
		return err
	}
	if s.sut.process == nil || s.sut.exitExpected {
		return nil
	}
	if _, err := s.stats(s.ctx); err != nil {
		return fmt.Errorf("at the end: %w", err)
	}
	return nil
}
