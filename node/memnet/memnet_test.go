package memnet

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func echo(_ context.Context, _ netip.AddrPort, endpoint string, body []byte) ([]byte, error) {
	if endpoint == "/fail" {
		return nil, errors.New("it failed")
	}
	return append([]byte(endpoint+" "), body...), nil
}

func pair(t *testing.T, n *Network, handler Handler) (a, b *Transport) {
	t.Helper()
	a, b = n.NewTransport(), n.NewTransport()
	t.Cleanup(func() { a.Close(); b.Close() })
	for _, tr := range []*Transport{a, b} {
		if err := tr.Listen("10.0.0.1:0", handler); err != nil {
			t.Fatal(err)
		}
	}
	return a, b
}

func TestCalls(t *testing.T) {
	a, b := pair(t, new(Network), echo)
	if a.Address() == b.Address() {
		t.Fatalf("both listen on %s", a.Address())
	}
	if got, err := a.Call(t.Context(), b.Address(), "/x", []byte("body")); err != nil || string(got) != "/x body" {
		t.Errorf("%s, %v", got, err)
	}
	remote := new(RemoteError)
	if _, err := a.Call(t.Context(), b.Address(), "/fail", nil); !errors.As(err, &remote) || remote.Message != "it failed" {
		t.Errorf("handler's error: %v", err)
	}
	if _, err := a.Call(t.Context(), "10.0.0.1:1", "/x", nil); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("no node is there: %v", err)
	}
	b.Close()
	if _, err := a.Call(t.Context(), b.Address(), "/x", nil); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("closed: %v", err)
	}
}

func TestAddressesAreTakenOnce(t *testing.T) {
	n := new(Network)
	a, b := n.NewTransport(), n.NewTransport()
	defer a.Close()
	if err := a.Listen("h:1", echo); err != nil {
		t.Fatal(err)
	}
	if err := b.Listen("h:1", echo); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("taken: %v", err)
	}
	if err := a.Listen("h:2", echo); err == nil {
		t.Error("listens twice")
	}
	a.Close()
	if err := b.Listen("h:1", echo); err != nil {
		t.Errorf("free again: %v", err)
	}
	b.Close()
	if err := b.Listen("h:3", echo); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestCutAndMend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := new(Network)
		a, b := pair(t, n, echo)
		n.Cut(a.Address(), b.Address())
		for _, end := range [][2]*Transport{{a, b}, {b, a}} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			if _, err := end[0].Call(ctx, end[1].Address(), "/x", nil); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("cut: %v", err)
			}
			cancel()
		}
		n.Mend(b.Address(), a.Address())
		if _, err := a.Call(t.Context(), b.Address(), "/x", nil); err != nil {
			t.Errorf("mended: %v", err)
		}
	})
}

// Closing either end ends a call that is under way.
func TestCloseEndsCalls(t *testing.T) {
	for _, closeCaller := range []bool{true, false} {
		entered := make(chan struct{})
		a, b := pair(t, new(Network), func(ctx context.Context, _ netip.AddrPort, _ string, _ []byte) ([]byte, error) {
			close(entered)
			<-ctx.Done()
			return nil, ctx.Err()
		})
		ended := make(chan error, 1)
		go func() {
			_, err := a.Call(context.Background(), b.Address(), "/x", nil)
			ended <- err
		}()
		<-entered
		if closeCaller {
			a.Close()
		} else {
			b.Close()
		}
		if err := <-ended; err == nil {
			t.Error("the call succeeded")
		}
		b.Close()
	}
}
