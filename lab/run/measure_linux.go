package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ringmend/ringmend/lab/fault"
	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/system"
	"github.com/ringmend/ringmend/lab/workload"
)

// readyLimit is how long a system may take until it can be measured.
const readyLimit = 2 * time.Minute

// Measured is what was seen.
type Measured struct {
	Ops         []result.Op
	Events      []result.Event
	Packets     []result.LinkCounts
	Evidence    []result.Evidence
	Late        *result.Latency // of packets that were delivered
	Interrupted bool
}

// latest returns the states of the nodes, as they were just sampled, or else asks.
func (cl *Cluster) latest(ctx context.Context) []system.State {
	if cl.samples != nil {
		return cl.samples.states()
	}
	return cl.ask(ctx)
}

// Measure makes the run of a configuration. It reports what it is doing to progress, which
// is called often. When the context ends before the load begins the error is its cause;
// when it ends later, what was measured until then is returned.
func Measure(ctx context.Context, c *result.Config, dir string, progress func(string)) (*Measured, error) {
	progress("making hosts")
	cl, err := NewCluster(c, dir)
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	progress("starting nodes")
	if err := cl.Start(); err != nil {
		return nil, err
	}
	if err := cl.AwaitReady(ctx, readyLimit, progress); err != nil {
		return nil, err
	}
	if err := cl.warm(ctx); err != nil {
		return nil, err
	}
	return cl.measure(ctx, progress)
}

// warm opens the clients' connections: what that takes is not to be measured.
func (cl *Cluster) warm(ctx context.Context) error {
	done := map[[2]int]bool{}
	deadline := time.Now().Add(readyLimit)
	for i := range cl.plan {
		way := [2]int{cl.plan[i].Client, cl.plan[i].Node}
		if done[way] {
			continue
		}
		done[way] = true
		for {
			op := cl.plan[i]
			op.Write = false
			one, cancel := context.WithTimeout(ctx, 5*time.Second)
			answer := cl.system.Do(one, &op)
			cancel()
			if answer.Outcome == result.OK {
				break
			}
			if err := context.Cause(ctx); err != nil {
				return err
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("client %d gets no answer of node %d: %s", op.Client+1, op.Node+1, answer.Error)
			}
			sleep(ctx, sampleEvery)
		}
		if len(done) == len(cl.layout.Clients)*cl.config.Nodes {
			break
		}
	}
	return nil
}

// measure puts load on the nodes, has the fault, and samples.
func (cl *Cluster) measure(ctx context.Context, progress func(string)) (*Measured, error) {
	cl.samples = newSampler(cl)
	cl.mu.Lock()
	cl.began = time.Now()
	cl.events = nil
	cl.mu.Unlock()
	driver := &workload.Driver{MaxInFlight: cl.config.MaxInFlight, Timeout: cl.config.OpTimeout}

	ending, end := context.WithCancel(context.Background())
	sampled, told, faulted := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(sampled)
		cl.samples.run(ending)
	}()
	go func() {
		defer close(told)
		cl.tell(ending, driver, progress)
	}()
	run, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() {
		err := cl.breakThings(run)
		if err != nil {
			stop(err) // a run without its fault is none
		}
		faulted <- err
	}()
	ops := driver.Run(run, cl.began, cl.plan, cl.system.Do)
	sleep(run, time.Until(cl.began.Add(cl.config.Duration())))
	err := <-faulted
	end()
	<-sampled
	<-told
	cl.mend() // what a schedule has left
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	return &Measured{Ops: ops, Events: cl.events, Packets: cl.Packets(), Evidence: cl.evidence, Late: cl.net.Late(), Interrupted: ctx.Err() != nil}, nil
}

// breakThings carries out the fault, and undoes it in any case.
func (cl *Cluster) breakThings(ctx context.Context) error {
	if cl.config.Schedule != "" {
		return cl.schedule(ctx)
	}
	f, err := fault.Lookup(cl.config.Fault)
	if err != nil {
		return err
	}
	from, to := f.Window(cl.config)
	if !sleep(ctx, from-time.Since(cl.began)) {
		return nil
	}
	steps, err := f.Steps(cl.config, cl.scene(ctx))
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	if len(steps) == 0 {
		return nil
	}
	cl.event(result.Event{Kind: result.FaultBegin, Detail: cl.config.FaultName()})
	if err := cl.carryOut(ctx, steps); err != nil {
		return err
	}
	sleep(ctx, to-time.Since(cl.began))
	cl.event(result.Event{Kind: result.FaultEnd, Detail: cl.config.FaultName()})
	return nil
}

func (cl *Cluster) schedule(ctx context.Context) error {
	steps, err := fault.ParseSchedule(cl.config.Schedule)
	if err != nil {
		return err
	}
	if len(steps) == 0 || !sleep(ctx, steps[0].At-time.Since(cl.began)) {
		return nil
	}
	cl.event(result.Event{Kind: result.FaultBegin, Detail: "schedule"})
	err = cl.carryOut(ctx, steps)
	cl.event(result.Event{Kind: result.FaultEnd, Detail: "schedule"})
	return err
}

// carryOut does the steps at their times.
func (cl *Cluster) carryOut(ctx context.Context, steps []fault.Step) error {
	for _, step := range steps {
		if !sleep(ctx, step.At-time.Since(cl.began)) {
			return nil
		}
		if err := cl.Act(ctx, step.Command); err != nil {
			return err
		}
	}
	return nil
}

// sleep reports whether the time was over before the context.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// tell says every now and then what happens.
func (cl *Cluster) tell(ctx context.Context, driver *workload.Driver, progress func(string)) {
	for {
		counts := driver.Counts()
		all := 0
		for _, n := range counts {
			all += n
		}
		text := fmt.Sprintf("%2.0f of %.0f s, ", cl.now(), cl.config.DurationS)
		if all > 0 {
			text += fmt.Sprintf("%.1f %% of %d answered, ", 100*float64(counts[result.OK])/float64(all), all)
		}
		text += fmt.Sprintf("%d under way", driver.InFlight())
		if leader, ok := cl.system.Leader(cl.samples.states(), cl.key); ok {
			text += fmt.Sprintf(", leader %d", leader+1)
		}
		if last := cl.lastAction(); last != "" {
			text += ", " + last
		}
		progress(text)
		if !sleep(ctx, time.Second) {
			return
		}
	}
}

// lastAction is what was done last.
func (cl *Cluster) lastAction() string {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	for _, e := range slices.Backward(cl.events) {
		if e.Kind == result.Action {
			return e.Detail
		}
	}
	return ""
}

// ErrInterrupted is the cause of the end of a run that was interrupted.
var ErrInterrupted = errors.New("interrupted")
