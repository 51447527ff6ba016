package forward

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

var errRefused = errors.New("connection refused")

// While the owner's address refuses connections, attempts go on until the ring has another
// owner: the request cannot have run, so any request may be tried again.
func TestRetriesFollowTheRing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fl := newFleet(t, Options{}, "a", "b", "c")
		fl.all("k", "b")
		attempts := 0
		fl.setBroken("b", func(Call) (bool, error) { attempts++; return false, NotRun(errRefused) })
		time.AfterFunc(5500*time.Millisecond, func() { fl.all("k", "c") })
		began := time.Now()
		got, err := fl.do(t.Context(), "a", Call{Keys: []string{"k"}})
		if err != nil || got != "from c" {
			t.Errorf("%q, %v", got, err)
		}
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("it took %v", took)
		}
		if attempts < 20 || attempts > 60 {
			t.Errorf("%d attempts in five seconds", attempts)
		}
		mustBe(t, "executed", fl.executed(), "[c [k] 1]")
		s := fl.nodes["a"].f.Stats()
		if s.Forwarded != uint64(attempts)+1 || s.Again != uint64(attempts) || s.Refused != uint64(attempts) || s.Failed != 0 || s.Waiting+s.InFlight != 0 {
			t.Errorf("figures %+v after %d attempts", s, attempts)
		}
		// It may also be this node itself that owns the key by now.
		fl.all("k", "b")
		time.AfterFunc(time.Second, func() { fl.all("k", "a") })
		if got, err := fl.do(t.Context(), "a", Call{Keys: []string{"k"}}); err != nil || got != "from a" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// Patience, the deadline of the request and its cancellation end the attempts, and the
// error says what the last one was.
func TestAttemptsEnd(t *testing.T) {
	for name, test := range map[string]struct {
		patience time.Duration
		limit    time.Duration
		from, to time.Duration
		attempts int // 0: any
		is       error
	}{
		"patience": {patience: 2 * time.Second, limit: time.Hour, from: 1700 * time.Millisecond, to: 2 * time.Second, is: errRefused},
		"deadline": {limit: time.Second, from: time.Second, to: time.Second, is: context.DeadlineExceeded},
		"none":     {patience: -1, limit: time.Hour, attempts: 1, is: errRefused},
	} {
		synctest.Test(t, func(t *testing.T) {
			fl := newFleet(t, Options{Patience: test.patience}, "a", "b")
			fl.all("k", "b")
			fl.setBroken("b", func(Call) (bool, error) { return false, NotRun(errRefused) })
			ctx, cancel := context.WithTimeout(t.Context(), test.limit)
			defer cancel()
			began := time.Now()
			_, err := fl.do(ctx, "a", Call{Keys: []string{"k"}})
			var refusal *Error
			if !errors.As(err, &refusal) || refusal.MayHaveRun || refusal.Owner != "b" || !errors.Is(err, errRefused) || !errors.Is(err, test.is) {
				t.Fatalf("%s: %v", name, err)
			}
			if took := time.Since(began); took < test.from || took > test.to || test.attempts > 0 && refusal.Attempts != test.attempts {
				t.Errorf("%s: %d attempts in %v", name, refusal.Attempts, took)
			}
		})
	}
}

// A request that may have been executed is repeated if that does no harm, and otherwise the
// caller learns of it.
func TestWhatMayHaveRun(t *testing.T) {
	errLost := errors.New("connection reset")
	for _, executed := range []bool{true, false} {
		for _, idempotent := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				fl := newFleet(t, Options{}, "a", "b")
				fl.all("k", "b")
				fl.setBroken("b", func(Call) (bool, error) {
					fl.setBroken("b", nil) // the next time it works
					return executed, errLost
				})
				got, err := fl.do(t.Context(), "a", Call{Keys: []string{"k"}, Idempotent: idempotent})
				var lost *Error
				switch {
				case idempotent:
					if err != nil || got != "from b" {
						t.Errorf("idempotent: %q, %v", got, err)
					}
				case !errors.As(err, &lost) || !lost.MayHaveRun || lost.Attempts != 1 || !errors.Is(err, errLost):
					t.Errorf("error %v", err)
				}
				want := 0
				if executed {
					want++
				}
				if idempotent {
					want++
				}
				mustBe(t, fmt.Sprintf("executed=%v idempotent=%v: executions", executed, idempotent), len(fl.executed()), want)
			})
		}
	}
}

// Once an attempt may have run, that is said, whatever became of the later ones.
func TestMayHaveRunIsNotForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fl := newFleet(t, Options{Patience: time.Second}, "a", "b")
		fl.all("k", "b")
		fl.setBroken("b", func(Call) (bool, error) {
			fl.setBroken("b", func(Call) (bool, error) { return false, NotRun(errRefused) })
			return true, errors.New("connection reset")
		})
		var lost *Error
		_, err := fl.do(t.Context(), "a", Call{Keys: []string{"k"}, Idempotent: true})
		if !errors.As(err, &lost) || !lost.MayHaveRun || lost.Attempts < 2 || !errors.Is(err, errRefused) {
			t.Errorf("error %v", err)
		}
	})
}

// What is in flight is bounded, as is what waits, and the rest is refused at once.
func TestInFlightIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fl := newFleet(t, Options{MaxInFlight: 2}, "a", "b")
		fl.all("k", "b")
		release := make(chan struct{})
		fl.setBroken("b", func(Call) (bool, error) { <-release; return false, nil })
		results := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := fl.do(t.Context(), "a", Call{Keys: []string{"k"}})
				results <- err
			}()
		}
		synctest.Wait()
		began := time.Now()
		var refusal *Error
		_, err := fl.do(t.Context(), "a", Call{Keys: []string{"k"}, Idempotent: true})
		if !errors.Is(err, ErrBusy) || !errors.As(err, &refusal) || refusal.MayHaveRun || time.Since(began) > 0 {
			t.Errorf("a third one, after %v: %v", time.Since(began), err)
		}
		mustBe(t, "in flight", fl.nodes["a"].f.Stats().InFlight, 2)
		close(release)
		for range 2 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		fl.setBroken("b", func(Call) (bool, error) { return false, NotRun(errRefused) })
		for range 2 {
			go func() {
				_, err := fl.do(t.Context(), "a", Call{Keys: []string{"k"}})
				results <- err
			}()
		}
		synctest.Wait()
		if _, err := fl.do(t.Context(), "a", Call{Keys: []string{"k"}}); !errors.Is(err, ErrBusy) || !errors.Is(err, errRefused) {
			t.Errorf("a third one that would have to wait: %v", err)
		}
		for range 2 {
			<-results
		}
	})
}

func TestAttemptsHaveADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, err := New(Options{Self: "a", Owner: func(string) (string, error) { return "b", nil }, AttemptTimeout: time.Second, Patience: -1})
		if err != nil {
			t.Fatal(err)
		}
		send := func(ctx context.Context, _ string) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		}
		began := time.Now()
		var lost *Error
		_, err = Do(t.Context(), f, Call{Keys: []string{"k"}}, nil, send)
		if !errors.As(err, &lost) || !lost.MayHaveRun || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}
