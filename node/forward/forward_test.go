package forward

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
)

// fleet is nodes that know each other and that tests can change: who owns which key in the
// view of each, and what sending to each does.
type fleet struct {
	mu    sync.Mutex
	nodes map[string]*member
	log   []string // what was executed
}

type member struct {
	f      *Forwarder
	owners map[string]string // by key
	accept func(key string) error
	broken func(c Call) (executed bool, err error) // nil: it works
}

func newFleet(t *testing.T, o Options, names ...string) *fleet {
	t.Helper()
	fl := &fleet{nodes: make(map[string]*member)}
	for _, name := range names {
		m := &member{owners: make(map[string]string)}
		o := o
		o.Self = name
		o.Owner = func(key string) (string, error) {
			fl.mu.Lock()
			defer fl.mu.Unlock()
			if owner := m.owners[key]; owner != "" {
				return owner, nil
			}
			return "", errors.New("nobody owns it")
		}
		o.Accept = func(key string) error {
			fl.mu.Lock()
			accept := m.accept
			fl.mu.Unlock()
			if accept == nil {
				return nil
			}
			return accept(key)
		}
		var err error
		if m.f, err = New(o); err != nil {
			t.Fatal(err)
		}
		fl.nodes[name] = m
	}
	return fl
}

// all makes all nodes believe that a key has an owner.
func (fl *fleet) all(key, owner string) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	for _, m := range fl.nodes {
		m.owners[key] = owner
	}
}

// at makes one node believe it.
func (fl *fleet) at(name, key, owner string) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	fl.nodes[name].owners[key] = owner
}

func (fl *fleet) setBroken(name string, broken func(Call) (bool, error)) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	fl.nodes[name].broken = broken
}

var errHandler = errors.New("no such thing")

// do gives a request to a node.
func (fl *fleet) do(ctx context.Context, name string, c Call) (string, error) {
	return Do(ctx, fl.nodes[name].f, c, func(context.Context) (string, error) {
		fl.mu.Lock()
		defer fl.mu.Unlock()
		fl.log = append(fl.log, fmt.Sprint(name, " ", c.Keys, " ", c.Hops))
		if slices.Contains(c.Keys, "missing") {
			return "", errHandler
		}
		return "from " + name, nil
	}, func(ctx context.Context, address string) (string, error) {
		fl.mu.Lock()
		broken := fl.nodes[address].broken
		fl.mu.Unlock()
		c := c
		c.Hops++
		if broken != nil {
			if executed, err := broken(c); err != nil {
				if executed {
					fl.do(ctx, address, c)
				}
				return "", err
			}
		}
		answer, err := fl.do(ctx, address, c)
		if refusal := (*Error)(nil); errors.As(err, &refusal) {
			if !refusal.MayHaveRun {
				return "", NotRun(err)
			}
			return "", err
		} else if err != nil {
			return "", Answered(err)
		}
		return answer, nil
	})
}

func (fl *fleet) executed() []string {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	return slices.Clone(fl.log)
}

func mustBe(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestTheOwnerHandles(t *testing.T) {
	fl := newFleet(t, Options{}, "a", "b")
	fl.all("k", "b")
	fl.all("l", "b")
	fl.all("missing", "b")
	for _, name := range []string{"a", "b"} {
		got, err := fl.do(t.Context(), name, Call{Keys: []string{"k", "l"}})
		if err != nil || got != "from b" {
			t.Errorf("by %s: %q, %v", name, got, err)
		}
		// What the handler says is the answer, however far away it is.
		if _, err := fl.do(t.Context(), name, Call{Keys: []string{"missing"}}); err != errHandler {
			t.Errorf("by %s: error of the handler: %v", name, err)
		}
	}
	mustBe(t, "executed", fl.executed(), "[b [k l] 1 b [missing] 1 b [k l] 0 b [missing] 0]")
	mustBe(t, "figures of a", fl.nodes["a"].f.Stats(), Stats{Forwarded: 2})
	mustBe(t, "figures of b", fl.nodes["b"].f.Stats(), Stats{Local: 4})
}

func TestKeysMustHaveOneOwner(t *testing.T) {
	fl := newFleet(t, Options{}, "a", "b")
	fl.all("k", "b")
	fl.all("l", "a")
	for want, keys := range map[error][]string{ErrKeysDiverge: {"k", "l"}, ErrNoKeys: {}} {
		var refusal *Error
		if _, err := fl.do(t.Context(), "a", Call{Keys: keys}); !errors.Is(err, want) || !errors.As(err, &refusal) || refusal.MayHaveRun {
			t.Errorf("%v: %v", keys, err)
		}
	}
	mustBe(t, "executed", len(fl.executed()), 0)
}

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

// Nodes that differ about an owner pass a request on, but not for ever, and only the first
// one tries again.
func TestViewsThatDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fl := newFleet(t, Options{MaxHops: 3}, "a", "b", "c")
		fl.at("a", "k", "b")
		fl.at("b", "k", "c")
		fl.at("c", "k", "c")
		if got, err := fl.do(t.Context(), "a", Call{Keys: []string{"k"}}); err != nil || got != "from c" {
			t.Errorf("%q, %v", got, err)
		}
		mustBe(t, "executed", fl.executed(), "[c [k] 2]")

		fl.at("c", "k", "b") // b and c send it to each other
		time.AfterFunc(time.Second, func() { fl.at("c", "k", "c") })
		if got, err := fl.do(t.Context(), "a", Call{Keys: []string{"k"}}); err != nil || got != "from c" {
			t.Errorf("%q, %v", got, err)
		}
		if a, b := fl.nodes["a"].f.Stats(), fl.nodes["b"].f.Stats(); a.Again == 0 || b.Again != 0 {
			t.Errorf("tried again: %d times by the first, %d by the next", a.Again, b.Again)
		}
		_, err := fl.do(t.Context(), "b", Call{Keys: []string{"k"}, Hops: 3})
		var refusal *Error
		if !errors.Is(err, ErrTooManyHops) || !errors.As(err, &refusal) || refusal.MayHaveRun {
			t.Errorf("after three hops: %v", err)
		}
	})
}

// A node that may not serve is not asked twice by its own callers only: forwarded requests
// wait until a node accepts them.
func TestAcceptIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errFenced := errors.New("fenced")
		fl := newFleet(t, Options{Patience: 5 * time.Second}, "a", "b")
		fl.all("k", "b")
		fl.nodes["b"].accept = func(key string) error { return fmt.Errorf("%s: %w", key, errFenced) }
		for _, name := range []string{"a", "b"} {
			var refusal *Error
			if _, err := fl.do(t.Context(), name, Call{Keys: []string{"k"}}); !errors.Is(err, errFenced) || !errors.As(err, &refusal) || refusal.MayHaveRun {
				t.Errorf("by %s: %v", name, err)
			}
		}
		mustBe(t, "executed", len(fl.executed()), 0)
		time.AfterFunc(time.Second, func() {
			fl.mu.Lock()
			defer fl.mu.Unlock()
			fl.nodes["b"].accept = nil
		})
		if got, err := fl.do(t.Context(), "a", Call{Keys: []string{"k"}}); err != nil || got != "from b" {
			t.Errorf("once it is accepted: %q, %v", got, err)
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

// A node that is closed refuses at once: its clients are to ask another.
func TestAClosedNodeRefusesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, err := node.New(node.Config{
			App: "a", Address: "10.0.0.1:1", Hosts: discovery.Static{}, Transport: new(memnet.Network).NewTransport(),
		})
		if err != nil {
			t.Fatal(err)
		}
		f, err := New(ForNode(n))
		if err != nil {
			t.Fatal(err)
		}
		do := func() (string, error) {
			return Do(t.Context(), f, Call{Keys: []string{"k"}}, func(context.Context) (string, error) { return "done", nil }, nil)
		}
		time.AfterFunc(time.Second, func() { n.Bootstrap(t.Context()) })
		if got, err := do(); err != nil || got != "done" {
			t.Errorf("a request that waits for the node to join: %q, %v", got, err)
		}
		n.Close()
		<-n.Done()
		began := time.Now()
		if _, err := do(); !errors.Is(err, node.ErrClosed) || time.Since(began) > 0 {
			t.Errorf("after Close, and %v: %v", time.Since(began), err)
		}
	})
}

func TestOptionsAreChecked(t *testing.T) {
	owner := func(string) (string, error) { return "", nil }
	for name, o := range map[string]Options{
		"no owner":   {Self: "a"},
		"no self":    {Owner: owner},
		"pauses":     {Self: "a", Owner: owner, MinBackoff: time.Second, MaxBackoff: time.Millisecond},
		"hops":       {Self: "a", Owner: owner, MaxHops: -1},
		"in flight":  {Self: "a", Owner: owner, MaxInFlight: -1},
		"time limit": {Self: "a", Owner: owner, AttemptTimeout: -1},
	} {
		if _, err := New(o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLookingUpDoesNotAllocate(t *testing.T) {
	f, err := New(Options{Self: "a", Owner: func(string) (string, error) { return "b", nil }})
	if err != nil {
		t.Fatal(err)
	}
	if allocations := testing.AllocsPerRun(100, func() { f.Owner("one", "two") }); allocations > 0 {
		t.Errorf("%v allocations", allocations)
	}
}
