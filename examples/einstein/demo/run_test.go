package demo

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/examples/einstein/iq"
)

const names = 50

// play plays a row on a network in memory, in a bubble, where time costs nothing.
func play(t *testing.T, downing string, open func() (iq.Store, error)) (out *Outcome) {
	t.Helper()
	rule, err := iq.ParseDowning(downing)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		row := Row{Name: downing, Downing: rule}
		network, err := NewInMemory(ctx, row, open, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer network.Close()
		begin := time.Now()
		out, err = Run(ctx, row, network, Names(names), func(format string, args ...any) {
			t.Logf("%v: "+format, append([]any{time.Since(begin).Round(time.Millisecond)}, args...)...)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("cut %+v, healed %+v, two values %d, reassigned %d", out.Cut, out.Healed, len(out.TwoValues), len(out.Reassigned))
	if out.Names != names || len(out.Undecided) != 0 {
		t.Errorf("%d names, %d undecided", out.Names, len(out.Undecided))
	}
	if want := (Count{Answered: names * Nodes}); out.Healed != want {
		t.Errorf("after the cut: %+v", out.Healed)
	}
	return out
}

func memory() (iq.Store, error) { return new(iq.Memory), nil }

// No node takes over: names on the other side wait, and keep their values.
func TestNone(t *testing.T) {
	out := play(t, "none", memory)
	if out.Cut.Answered == 0 || out.Cut.Waited == 0 || out.Cut.Refused != 0 {
		t.Errorf("while cut: %+v", out.Cut)
	}
	if len(out.TwoValues)+len(out.Reassigned) != 0 {
		t.Errorf("two values %v, reassigned %v", out.TwoValues, out.Reassigned)
	}
}

// Both sides take over: all is answered, and names have two values.
func TestAuto(t *testing.T) {
	out := play(t, "auto", memory)
	if want := (Count{Answered: names * Nodes}); out.Cut != want {
		t.Errorf("while cut: %+v", out.Cut)
	}
	if len(out.TwoValues) == 0 {
		t.Error("no name has two values")
	}
}

// The majority takes over: the other side refuses, and no name ever has two values. What was in
// the memory of the first node is assigned again.
func TestMajority(t *testing.T) {
	out := play(t, "keep-majority", memory)
	if want := (Count{Answered: names * 2, Refused: names}); out.Cut != want {
		t.Errorf("while cut: %+v", out.Cut)
	}
	if len(out.TwoValues) != 0 {
		t.Errorf("names with two values: %v", out.TwoValues)
	}
	if len(out.Reassigned) == 0 {
		t.Error("no name was assigned again, although the memory of the first node is lost")
	}
}

// With a store outside nothing is assigned again.
func TestMajorityWithSharedStore(t *testing.T) {
	shared := new(iq.Memory)
	out := play(t, "keep-majority", func() (iq.Store, error) { return outside{shared}, nil })
	if want := (Count{Answered: names * 2, Refused: names}); out.Cut != want {
		t.Errorf("while cut: %+v", out.Cut)
	}
	if len(out.TwoValues)+len(out.Reassigned) != 0 {
		t.Errorf("two values %v, reassigned %v", out.TwoValues, out.Reassigned)
	}
}

// outside is a memory that all nodes share, as a store outside of them.
type outside struct{ *iq.Memory }

func (outside) Forget(func(string) bool) {}
