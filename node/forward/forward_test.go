package forward

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

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

func TestLookingUpDoesNotAllocate(t *testing.T) {
	f, err := New(Options{Self: "a", Owner: func(string) (string, error) { return "b", nil }})
	if err != nil {
		t.Fatal(err)
	}
	if allocations := testing.AllocsPerRun(100, func() { f.Owner("one", "two") }); allocations > 0 {
		t.Errorf("%v allocations", allocations)
	}
}
