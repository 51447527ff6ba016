package node

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/discovery"
)

// A process that goes on after it was stopped refuses keys before any of its goroutines has
// looked at the clock; and then until others have said that it may serve.
func TestStoppedOwnersDoNotAccept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := aloneWithResolver(t)
		if _, err := n.Accept("a key"); err != nil {
			t.Fatal(err)
		}
		pause := n.resolving.cfg.MaxPause + time.Second
		n.driven.Add(-int64(pause))
		if _, err := n.Accept("a key"); err != ErrStale {
			t.Errorf("right after a pause: %v", err)
		}
		n.input(func(c *core.Core, now time.Time) { c.Advance(now.Add(pause)) })
		if _, err := n.Accept("a key"); err != ErrStale {
			t.Errorf("after the core has noticed the pause: %v", err)
		}
		if n.refused[2].Load() != 2 {
			t.Errorf("%d refusals are counted", n.refused[2].Load())
		}
		time.Sleep(time.Minute)
		if _, err := n.Accept("a key"); err != nil {
			t.Errorf("a minute later: %v", err)
		}
	})
}

// aloneWithResolver returns a node that serves alone, and has nothing to do.
func aloneWithResolver(t testing.TB) *Node {
	cfg := Config{
		App: "test", Address: "10.255.0.1:3000", Hosts: discovery.Static{"10.255.0.1:3000"},
		Transport: new(deafTransport),
		Protocol:  Protocol{Period: 1000 * time.Hour},
		Resolve:   Resolve{Strategy: KeepMajority},
	}
	n, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	if err := n.Bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := n.Keep(); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOwnerDoesNotAllocate(t *testing.T) {
	n := aloneWithResolver(t)
	if allocs := testing.AllocsPerRun(100, func() { _, _ = n.Owner("a key"); _, _ = n.Accept("a key") }); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkOwner(b *testing.B) {
	n := aloneWithResolver(b)
	b.Run("Lookup", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n.Lookup("order-4711")
		}
	})
	b.Run("Owner", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = n.Owner("order-4711")
		}
	})
	b.Run("Accept", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = n.Accept("order-4711")
		}
	})
}
