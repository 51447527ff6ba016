package forward

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
)

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
