package workload

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringmend/ringmend/lab/result"
)

// Answer is what became of an operation.
type Answer struct {
	Outcome result.Outcome
	Error   string
	Read    *string
	Owner   int // from 1; 0 for none
	Epoch   uint64
	// Revision is the number that the system gave the write, or that of the write whose
	// value was read; 0 for none.
	Revision int64
}

// Do does one operation. When the context ends before the answer, the outcome of what
// was sent is unknown.
type Do func(ctx context.Context, op *Planned) Answer

// Driver starts operations.
type Driver struct {
	MaxInFlight int
	Timeout     time.Duration // of an operation, from its start

	inFlight atomic.Int64

	mu     sync.Mutex
	counts map[result.Outcome]int
}

// Counts returns how many operations have ended how so far.
func (d *Driver) Counts() map[result.Outcome]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	counts := map[result.Outcome]int{}
	for outcome, n := range d.counts {
		counts[outcome] = n
	}
	return counts
}

// InFlight returns how many operations are under way.
func (d *Driver) InFlight() int { return int(d.inFlight.Load()) }

// Run starts the operations of a plan at their times since began, and returns when all
// have ended, or soon after the context ends. What was not started by then is not in
// the result.
func (d *Driver) Run(ctx context.Context, began time.Time, plan []Planned, do Do) []result.Op {
	ops := make([]result.Op, 0, len(plan))
	var running sync.WaitGroup
	done := make(chan result.Op, 1024)
	collected := make(chan struct{})
	go func() {
		defer close(collected)
		for op := range done {
			d.count(op.Outcome)
			ops = append(ops, op)
		}
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for i := range plan {
		p := &plan[i]
		if !sleepUntil(ctx, timer, began.Add(p.At)) {
			break
		}
		if int(d.inFlight.Add(1)) > d.MaxInFlight {
			d.inFlight.Add(-1)
			op := record(p, result.SecondsOf(time.Since(began)))
			op.Outcome, op.Ended, op.Error = result.Shed, op.Started, "too many operations are under way"
			done <- op
			continue
		}
		running.Go(func() {
			defer d.inFlight.Add(-1)
			done <- d.one(ctx, began, p, do)
		})
	}
	running.Wait()
	close(done)
	<-collected
	return ops
}

func (d *Driver) one(ctx context.Context, began time.Time, p *Planned, do Do) result.Op {
	op := record(p, result.SecondsOf(time.Since(began)))
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	answer := do(ctx, p)
	op.Ended = result.SecondsOf(time.Since(began))
	op.Outcome, op.Error, op.Read, op.Owner, op.Epoch = answer.Outcome, answer.Error, answer.Read, answer.Owner, answer.Epoch
	op.Revision = answer.Revision
	return op
}

func (d *Driver) count(o result.Outcome) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.counts == nil {
		d.counts = map[result.Outcome]int{}
	}
	d.counts[o]++
}

func record(p *Planned, started result.Seconds) result.Op {
	op := result.Op{
		Version: result.FormatVersion, ID: p.ID, Client: p.Client + 1, Node: p.Node + 1,
		Op: result.Read, Key: p.Key, Value: p.Value, Intended: result.SecondsOf(p.At), Started: started,
	}
	if p.Write {
		op.Op = result.Write
	}
	return op
}

// sleepUntil reports whether the time has come before the context's end.
func sleepUntil(ctx context.Context, timer *time.Timer, at time.Time) bool {
	wait := time.Until(at)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer.Reset(wait)
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
