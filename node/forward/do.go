package forward

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Call is what a forwarder needs to know of a request.
type Call struct {
	// Keys are the keys whose owner must handle the request: mostly one.
	Keys []string
	// Idempotent says that executing the request twice is as good as once. Only then is an
	// attempt repeated that may have been executed.
	Idempotent bool
	// Hops is how many times the request was forwarded before it reached this node. The
	// transport sets it.
	Hops int
}

// Do handles a request here, by local, if this node owns its keys, and otherwise sends it
// to the address that does. What local returns is returned as it is, and so is an error of
// send that is [Answered]. All other errors are of type *[Error].
//
// The context of send has a deadline. Its error says whether the request may have been
// executed: see [NotRun]. A request with hops is tried once: only the node that received it
// first tries again, and the error tells that node whether it may.
func Do[R any](ctx context.Context, f *Forwarder, c Call, local func(context.Context) (R, error), send func(ctx context.Context, address string) (R, error)) (R, error) {
	ctx, end := f.start(ctx, Span{Keys: c.Keys, Hops: c.Hops})
	answer, err := do(ctx, f, c, local, send)
	end(err)
	return answer, err
}

func do[R any](ctx context.Context, f *Forwarder, c Call, local func(context.Context) (R, error), send func(ctx context.Context, address string) (R, error)) (R, error) {
	t := try{f: f, call: c, began: time.Now()}
	for {
		owner, err := f.route(&c)
		switch {
		case err != nil:
			t.failed("", NotRun(err))
		case owner == f.opts.Self:
			f.count.local.Add(1)
			return local(ctx)
		default:
			answer, err := attempt(ctx, &t, owner, send)
			if its := (answered{}); err == nil || errors.As(err, &its) {
				return answer, its.error
			}
			t.failed(owner, err)
		}
		if !t.again(ctx) {
			var none R
			return none, &t.err
		}
	}
}

// route returns the address of the owner, which must handle the request. With an error no
// node may handle it now.
func (f *Forwarder) route(c *Call) (owner string, err error) {
	owner, err = f.Owner(c.Keys...)
	switch {
	case err != nil:
		return "", err
	case owner == f.opts.Self:
		return owner, f.accept(c.Keys)
	case c.Hops >= f.opts.MaxHops:
		return "", fmt.Errorf("%w: %d times, and it belongs to %s", ErrTooManyHops, c.Hops, owner)
	}
	return owner, nil
}

// attempt sends a request once, if there is room.
func attempt[R any](ctx context.Context, t *try, owner string, send func(ctx context.Context, address string) (R, error)) (R, error) {
	select {
	case t.f.sending <- struct{}{}:
	default:
		var none R
		return none, NotRun(ErrBusy)
	}
	defer func() { <-t.f.sending }()
	t.f.count.forwarded.Add(1)
	if t.err.Attempts++; t.err.Attempts > 1 {
		t.f.count.again.Add(1)
	}
	ctx, cancel := context.WithTimeout(ctx, t.f.opts.AttemptTimeout)
	defer cancel()
	ctx, end := t.f.start(ctx, Span{Keys: t.call.Keys, Hops: t.call.Hops, Attempt: t.err.Attempts, To: owner})
	answer, err := send(ctx, owner)
	end(err)
	return answer, err
}

// try is the state of a request and the outcome of its attempts.
type try struct {
	f     *Forwarder
	call  Call
	began time.Time
	pause time.Duration // before the last attempt
	err   Error
}

// failed records how an attempt failed.
func (t *try) failed(owner string, err error) {
	if safe := (notRun{}); errors.As(err, &safe) {
		t.f.count.refused.Add(1)
		err = safe.error
	} else {
		t.f.count.failed.Add(1)
		t.err.MayHaveRun = true
	}
	t.err.Owner, t.err.Err = owner, err
}

// again reports whether there is to be another attempt, after waiting for its time.
func (t *try) again(ctx context.Context) bool {
	if t.call.Hops > 0 || t.err.MayHaveRun && !t.call.Idempotent || errors.As(t.err.Err, new(permanent)) {
		return false
	}
	o := &t.f.opts
	t.pause = min(max(2*t.pause, o.MinBackoff), o.MaxBackoff)
	wait := t.pause/2 + rand.N(t.pause/2+1)
	if time.Since(t.began)+wait > o.Patience {
		return false
	}
	select {
	case t.f.waiting <- struct{}{}:
	default:
		t.err.Err = fmt.Errorf("%w, and this one failed: %w", ErrBusy, t.err.Err)
		return false
	}
	defer func() { <-t.f.waiting }()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		t.err.Err = fmt.Errorf("%w: %w", context.Cause(ctx), t.err.Err)
		return false
	}
}
