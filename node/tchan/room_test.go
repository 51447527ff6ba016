package tchan

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/transport"
)

// slow answers when it is told to.
func slow(release <-chan struct{}) Handler {
	return func(ctx context.Context, _ netip.AddrPort, _ string, _ []byte) ([]byte, error) {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return nil, ctx.Err()
	}
}

// A node with many peers and few places calls all of them all the same. Connections with
// calls under way are not given up, whichever side made them.
func TestIdleConnectionsAreGivenUpFirst(t *testing.T) {
	const servers, limit, rounds = 40, 8, 3
	var all []*Transport
	for range servers {
		all = append(all, newServer(t, Options{}, echo))
	}
	client := newServer(t, Options{MaxOpen: limit}, echo)
	release := make(chan struct{})
	ours, theirs := newServer(t, Options{}, slow(release)), newServer(t, Options{}, slow(release))
	// A connection that the other side has made.
	if _, err := theirs.Call(withTimeout(t, time.Minute), client.Address(), "/a", nil); err != nil {
		t.Fatal(err)
	}
	var calls sync.WaitGroup
	for _, server := range []*Transport{ours, theirs} {
		calls.Go(func() {
			if _, err := client.Call(withTimeout(t, time.Minute), server.Address(), "/slow", nil); err != nil {
				t.Errorf("a call that takes long: %v", err)
			}
		})
		waitUntil(t, "it is under way", func() bool { return server.inFlight.Load() == 1 })
	}
	for range rounds {
		for _, server := range all {
			if _, err := client.Call(withTimeout(t, time.Minute), server.Address(), "/a", nil); err != nil {
				t.Fatal(err)
			}
			if n := openConns(client); n > limit {
				t.Fatalf("%d connections are open, want %d at most", n, limit)
			}
		}
	}
	close(release)
	calls.Wait()
	waitUntil(t, "the servers have no others", func() bool { return openTo(all) <= limit })
}

// A call for which there is no place waits for one.
func TestCallsWaitWhileAllConnectionsAreBusy(t *testing.T) {
	const limit = 2
	client := newTransport(t, Options{MaxOpen: limit})
	release := make(chan struct{})
	busy := []*Transport{newServer(t, Options{}, slow(release)), newServer(t, Options{}, slow(release))}
	var calls sync.WaitGroup
	call := func(server *Transport) {
		calls.Go(func() {
			if _, err := client.Call(withTimeout(t, time.Minute), server.Address(), "/a", nil); err != nil {
				t.Error(err)
			}
		})
	}
	for _, server := range busy {
		call(server)
		waitUntil(t, "a call is under way", func() bool { return server.inFlight.Load() == 1 })
	}
	var others []*Transport
	for range 10 {
		others = append(others, newServer(t, Options{}, echo))
		call(others[len(others)-1])
	}
	_, err := client.Call(withTimeout(t, 100*time.Millisecond), others[0].Address(), "/a", nil)
	if !errors.Is(err, transport.ErrNoRoom) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a call over a third connection: %v", err)
	}
	close(release)
	calls.Wait()
	if n := openConns(client); n > limit {
		t.Errorf("%d connections are open, want %d at most", n, limit)
	}
}

func TestLimitsFollowTheDescriptors(t *testing.T) {
	for descriptors, want := range map[int]int{0: 0, 1: 4, 20: 4, 64: 48, 256: 192, 1024: 768, 4096: 3840, 1 << 20: 1<<20 - 256} {
		if got := openFor(descriptors); got != want {
			t.Errorf("%d descriptors: %d connections, want %d", descriptors, got, want)
		}
	}
	for _, tt := range []struct {
		o                    Options
		maxAccepted, callees int
	}{
		{Options{MaxOpen: 48}, 36, 0},
		{Options{MaxOpen: 48, MaxConnections: 10, MaxCallees: 10}, 10, 10},
		{Options{MaxOpen: 48, MaxConnections: 100, MaxCallees: 100}, 36, 48},
		{Options{MaxOpen: 1 << 20}, 4096, 0},
		{Options{MaxOpen: 1}, 1, 0},
	} {
		got := tt.o.withDefaults()
		if got.MaxConnections != tt.maxAccepted || got.MaxCallees != tt.callees {
			t.Errorf("%+v: %d from outside, %d callees; want %d, %d", tt.o, got.MaxConnections, got.MaxCallees, tt.maxAccepted, tt.callees)
		}
	}
}

// dialer notes what it is asked for.
type dialer struct{ asked []string }

func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d.asked = append(d.asked, network+" "+address)
	return new(net.Dialer).DialContext(ctx, network, address)
}

func TestConnectionsAreOpenedByTheDialerOfTheOptions(t *testing.T) {
	server := newServer(t, Options{}, echo)
	d := new(dialer)
	client := newTransport(t, Options{Dialer: d})
	if _, err := client.Call(t.Context(), server.Address(), "/x", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if len(d.asked) != 1 || d.asked[0] != "tcp "+server.Address() {
		t.Errorf("it was asked for %v", d.asked)
	}
}
