package tchan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
)

func TestCallReachesTheHandler(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0", "localhost:0"} {
		t.Run(address, func(t *testing.T) {
			var from netip.AddrPort
			server := newTransport(t, Options{})
			if err := server.Listen(address, func(ctx context.Context, caller netip.AddrPort, endpoint string, body []byte) ([]byte, error) {
				from = caller
				return echo(ctx, caller, endpoint, body)
			}); errors.Is(err, syscall.EADDRNOTAVAIL) {
				t.Skip("this machine has no such address:", err)
			} else if err != nil {
				t.Fatal(err)
			}
			client := newTransport(t, Options{})
			for _, body := range []string{`{"a":1}`, "", "no JSON at all"} {
				got, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/x", []byte(body))
				if want := "/x " + body; err != nil || string(got) != want {
					t.Errorf("got %q, %v, want %q", got, err, want)
				}
			}
			if !from.Addr().IsLoopback() || from.Port() == 0 {
				t.Errorf("the call came from %v", from)
			}
		})
	}
}

func TestPeersCallBackOverTheSameConnection(t *testing.T) {
	a, b := newServer(t, Options{}, echo), newServer(t, Options{}, echo)
	for range 3 {
		for _, pair := range [][2]*Transport{{a, b}, {b, a}} {
			if _, err := pair[0].Call(withTimeout(t, await.Patience), pair[1].Address(), "/x", nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tr := range []*Transport{a, b} {
		if n := openConns(tr); n != 1 {
			t.Errorf("%d connections are open, want 1", n)
		}
	}
}

func TestFirstCallsShareAConnection(t *testing.T) {
	server := newServer(t, Options{}, echo)
	for range 200 {
		client := newTransport(t, Options{})
		var calls sync.WaitGroup
		for range 8 {
			calls.Go(func() {
				if _, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/x", nil); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		if n := openConns(client); n != 1 {
			t.Fatalf("%d connections are open, want 1", n)
		}
		client.Close()
	}
}

func TestHandlerErrorsBecomeRemoteErrors(t *testing.T) {
	server := newServer(t, Options{}, func(_ context.Context, _ netip.AddrPort, _ string, body []byte) ([]byte, error) {
		return nil, errors.New(string(body))
	})
	client := newTransport(t, Options{})
	tests := []struct{ name, text, want string }{
		{"text", "not ready", "not ready"},
		{"percent signs and quotes", `100% "%s"`, `100% "%s"`},
		{"invalid UTF-8", "a\xffb", "a\uFFFDb"},
		{"long", strings.Repeat("x", 5000), strings.Repeat("x", maxMessage)},
		{"long and cut within a letter", strings.Repeat("x", maxMessage-1) + "ä", strings.Repeat("x", maxMessage-1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/x", []byte(tt.text))
			var remote *RemoteError
			if !errors.As(err, &remote) {
				t.Fatalf("got %v, want a RemoteError", err)
			}
			if remote.Message != tt.want {
				t.Errorf("message %q, want %q", remote.Message, tt.want)
			}
		})
	}
}

func TestBigBodiesTravelBothWays(t *testing.T) {
	const size = 8 << 20
	body := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	server := newServer(t, Options{}, func(_ context.Context, _ netip.AddrPort, _ string, body []byte) ([]byte, error) {
		return body, nil
	})
	client := newTransport(t, Options{})
	got, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/x", body)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, body) {
		t.Errorf("%d bytes came back changed", len(got))
	}
	if held := server.buffered.used.Load(); held != 0 {
		t.Errorf("%d bytes are still accounted for", held)
	}
}

func TestBodiesOverTheLimitAreRefused(t *testing.T) {
	big := make([]byte, 100_000)
	server := newServer(t, Options{MaxBody: 50_000}, func(_ context.Context, _ netip.AddrPort, endpoint string, _ []byte) ([]byte, error) {
		if endpoint == "/big" {
			return big, nil
		}
		return nil, nil
	})
	client := newTransport(t, Options{})
	small := newTransport(t, Options{MaxBody: 10_000})

	if _, err := small.Call(withTimeout(t, await.Patience), server.Address(), "/x", big); err == nil || errors.As(err, new(*RemoteError)) {
		t.Errorf("sending a body over one's own limit: %v", err)
	}
	// The call is refused, and then its connection closed: other calls over it may be lost.
	if _, err := newTransport(t, Options{}).Call(withTimeout(t, await.Patience), server.Address(), "/x", big); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("sending a body over the peer's limit: %v", err)
	}
	if _, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/big", nil); !errors.As(err, new(*RemoteError)) {
		t.Errorf("asking for an answer over the peer's limit: %v", err)
	}
	if _, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/x", nil); err != nil {
		t.Errorf("a good call after that: %v", err)
	}
}

func TestAnswersOverOurLimitEndTheConnection(t *testing.T) {
	server := newServer(t, Options{}, func(context.Context, netip.AddrPort, string, []byte) ([]byte, error) {
		return make([]byte, 500_000), nil
	})
	client := newTransport(t, Options{MaxBody: 10_000})
	_, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/x", nil)
	if !errors.Is(err, ErrFrame) {
		t.Errorf("got %v, want a bad frame", err)
	}
}

func TestCallEndsWithItsContext(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	server := newServer(t, Options{}, func(ctx context.Context, _ netip.AddrPort, endpoint string, _ []byte) ([]byte, error) {
		if endpoint == "/first" {
			return nil, nil
		}
		select {
		case <-ctx.Done():
		case <-release:
		}
		return nil, ctx.Err()
	})
	// A peer that takes connections and says nothing.
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()

	// A peer that was reached has that long to introduce itself, whoever waits.
	client := newTransport(t, Options{HandshakeTimeout: time.Second})
	client.dialTimeout = time.Hour
	if _, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/first", nil); err != nil {
		t.Fatal(err)
	}
	for name, address := range map[string]string{"in the handler": server.Address(), "in the handshake": silent.Addr().String()} {
		t.Run("timeout "+name, func(t *testing.T) {
			_, err := client.Call(withTimeout(t, 50*time.Millisecond), address, "/x", nil)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
		t.Run("cancel "+name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(withTimeout(t, await.Patience))
			ended := make(chan error)
			go func() {
				_, err := client.Call(ctx, address, "/x", nil)
				ended <- err
			}()
			cancel()
			select {
			case err := <-ended:
				if !errors.Is(err, context.Canceled) {
					t.Errorf("got %v", err)
				}
			case <-time.After(await.Patience):
				t.Error("the call goes on after its context was cancelled")
			}
		})
	}
	waitUntil(t, "no dial is left", func() bool {
		client.mu.Lock()
		defer client.mu.Unlock()
		return len(client.dials) == 0 && openConns(client) == 1 // to the handler
	})
}

func TestDeadlineTravels(t *testing.T) {
	left := make(chan time.Duration, 1)
	server := newServer(t, Options{}, func(ctx context.Context, _ netip.AddrPort, _ string, _ []byte) ([]byte, error) {
		deadline, _ := ctx.Deadline()
		left <- time.Until(deadline)
		return nil, nil
	})
	client := newTransport(t, Options{})
	tests := []struct {
		name  string
		limit time.Duration // 0: none
		most  time.Duration
	}{
		{"short", await.Patience, await.Patience},
		{"none", 0, defaultCallTimeout},
		{"huge", 1000 * time.Hour, maxCallTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			begin, ctx := time.Now(), context.Background()
			if tt.limit > 0 {
				ctx = withTimeout(t, tt.limit)
			}
			if _, err := client.Call(ctx, server.Address(), "/x", nil); err != nil {
				t.Fatal(err)
			}
			// It travels in milliseconds.
			least := tt.most - time.Since(begin) - time.Millisecond
			if got := <-left; got > tt.most || got < least {
				t.Errorf("handler had %v, want %v to %v", got, least, tt.most)
			}
		})
	}
}

func TestCallsAreMadeOnce(t *testing.T) {
	var mu sync.Mutex
	seen := 0
	server := newServer(t, Options{}, nil)
	client := newTransport(t, Options{})
	var h Handler = func(context.Context, netip.AddrPort, string, []byte) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		seen++
		// The connection breaks while the call is being answered, which a library
		// that retries would take as a reason to.
		eachConn(server, func(c *conn) { c.close(io.EOF) })
		return nil, nil
	}
	server.handler.Store(&h)
	_, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/x", nil)
	mu.Lock()
	defer mu.Unlock()
	if seen != 1 {
		t.Errorf("handler saw %d calls (error %v), want 1", seen, err)
	}
}

func TestConcurrentCalls(t *testing.T) {
	server := newServer(t, Options{}, echo)
	client := newServer(t, Options{}, echo)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for j := range 20 {
				from, to := client, server
				if (i+j)%2 == 0 {
					from, to = server, client
				}
				// Every so often a body that needs several frames.
				body := strings.Repeat(fmt.Sprint(i, j), 1+j%10*2000)
				got, err := from.Call(withTimeout(t, await.Patience), to.Address(), "/x", []byte(body))
				if err != nil || string(got) != "/x "+body {
					t.Errorf("call %d/%d: %d bytes, %v", i, j, len(got), err)
				}
			}
		})
	}
	wg.Wait()
}
