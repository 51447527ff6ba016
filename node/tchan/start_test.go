package tchan

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
)

// outcome is what a started call came to.
type outcome struct {
	answer []byte
	err    error
}

// begin starts a call, which must be possible, and returns where its outcome comes. The test
// fails if there is a second one.
func begin(t testing.TB, from *Transport, timeout time.Duration, to *Transport, endpoint string, body []byte) <-chan outcome {
	t.Helper()
	var ended atomic.Bool
	got := make(chan outcome, 1)
	if !from.Start(timeout, to.Address(), endpoint, body, func(answer []byte, err error) {
		if ended.Swap(true) {
			t.Errorf("%s ended twice, now with %v", endpoint, err)
			return
		}
		got <- outcome{answer, err}
	}) {
		t.Fatalf("%s was not started", endpoint)
	}
	return got
}

// pair returns a server, and a client that has a connection to it.
func pair(t testing.TB, h Handler) (server, client *Transport) {
	t.Helper()
	server, client = newServer(t, Options{}, h), newTransport(t, Options{})
	connect(t, client, server)
	return server, client
}

func connect(t testing.TB, client, server *Transport) {
	t.Helper()
	if _, err := client.connected(withTimeout(t, await.Patience), server.Address()); err != nil {
		t.Fatal(err)
	}
}

func TestStartedCalls(t *testing.T) {
	long := make([]byte, 10*inPlace) // an answer of several frames
	server, client := pair(t, func(_ context.Context, _ netip.AddrPort, endpoint string, body []byte) ([]byte, error) {
		switch endpoint {
		case "/refuse":
			return nil, errors.New("no")
		case "/long":
			return long, nil
		}
		return body, nil
	})
	if got := <-begin(t, client, await.Patience, server, "/echo", []byte("hello")); string(got.answer) != "hello" || got.err != nil {
		t.Errorf("got %q, %v", got.answer, got.err)
	}
	if got := <-begin(t, client, await.Patience, server, "/long", nil); !bytes.Equal(got.answer, long) || got.err != nil {
		t.Errorf("got %d bytes, %v", len(got.answer), got.err)
	}
	var remote *RemoteError
	if got := <-begin(t, client, await.Patience, server, "/refuse", nil); !errors.As(got.err, &remote) || remote.Message != "no" {
		t.Errorf("got %v", got.err)
	}
	waitUntil(t, "no call is under way", func() bool { return idle(client) })
}

// idle reports whether a transport has no calls under way.
func idle(t *Transport) bool {
	busy := false
	eachConn(t, func(c *conn) { busy = busy || c.busy() })
	t.pending.mu.Lock()
	defer t.pending.mu.Unlock()
	return !busy && len(t.pending.calls) == 0
}

func TestCallsThatWouldWaitAreNotStarted(t *testing.T) {
	server, client := pair(t, echo)
	stranger := newServer(t, Options{}, echo)
	bounded := newTransport(t, Options{MaxCallees: 1})
	connect(t, bounded, server)
	closed := newTransport(t, Options{})
	connect(t, closed, server)
	closed.Close()
	for name, started := range map[string]bool{
		"without a connection": start(client, time.Second, stranger, "/x", nil),
		"of a long body":       start(client, time.Second, server, "/x", make([]byte, inPlace+1)),
		"without time":         start(client, 0, server, "/x", nil),
		"with a long endpoint": start(client, time.Second, server, string(make([]byte, maxEndpoint+1)), nil),
		"of one of few peers":  start(bounded, time.Second, server, "/x", nil),
		"after Close":          start(closed, time.Second, server, "/x", nil),
	} {
		if started {
			t.Errorf("a call %s was started", name)
		}
	}
	c := client.peers.get(server.Address())
	c.out.mu.Lock()
	c.out.writes = true
	c.out.mu.Unlock()
	if start(client, time.Second, server, "/x", nil) {
		t.Error("a call was started while others wait for the peer to read")
	}
	c.out.mu.Lock()
	c.out.writes = false
	c.out.mu.Unlock()
}

func start(t *Transport, timeout time.Duration, to *Transport, endpoint string, body []byte) bool {
	return t.Start(timeout, to.Address(), endpoint, body, func([]byte, error) {})
}

func TestStartedCallsEndInTime(t *testing.T) {
	release := make(chan struct{})
	server, client := pair(t, func(context.Context, netip.AddrPort, string, []byte) ([]byte, error) {
		<-release
		return nil, nil
	})
	if got := <-begin(t, client, 10*time.Millisecond, server, "/slow", nil); !errors.Is(got.err, context.DeadlineExceeded) {
		t.Errorf("got %v", got.err)
	}
	got := begin(t, client, await.Patience, server, "/slow", nil)
	close(release) // the answer to the first call comes late
	if got := <-got; got.err != nil {
		t.Error(got.err)
	}
}

func TestStartedCallsEndWithTheirConnection(t *testing.T) {
	silent := func(ctx context.Context, _ netip.AddrPort, _ string, _ []byte) ([]byte, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	server, client := pair(t, silent)
	lost := begin(t, client, await.Patience, server, "/x", nil)
	eachConn(client, func(c *conn) { c.close(errLostByTest) })
	if got := <-lost; !errors.Is(got.err, errLostByTest) {
		t.Errorf("the connection was lost: got %v", got.err)
	}
	connect(t, client, server)
	closed := begin(t, client, await.Patience, server, "/x", nil)
	client.Close()
	if got := <-closed; !errors.Is(got.err, net.ErrClosed) {
		t.Errorf("the transport was closed: got %v", got.err)
	}
}

var errLostByTest = errors.New("lost by the test")

// Whatever closes a connection at whatever moment, each started call ends once.
func TestStartedCallsEndOnce(t *testing.T) {
	server, client := pair(t, echo)
	for range 200 {
		connect(t, client, server)
		c := client.peers.get(server.Address())
		var calls sync.WaitGroup
		for range 4 {
			calls.Go(func() {
				var ended sync.WaitGroup
				for client.Start(await.Patience, server.Address(), "/x", nil, once(t, &ended)) {
				}
				ended.Done() // of the one that was not started
				ended.Wait()
			})
		}
		calls.Go(func() { c.close(errLostByTest) })
		calls.Wait()
	}
	waitUntil(t, "no call is under way", func() bool { return idle(client) })
}

// once returns what a call ends with, which counts as running until then.
func once(t *testing.T, running *sync.WaitGroup) func([]byte, error) {
	var ended atomic.Bool
	running.Add(1)
	return func([]byte, error) {
		if ended.Swap(true) {
			t.Error("a call ended twice")
			return
		}
		running.Done()
	}
}

// Requests that are answered promptly need no goroutine: on Linux one handles those of all
// connections, one after another.
func TestPromptAnswers(t *testing.T) {
	var running, most atomic.Int64
	count := func() func() {
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		return func() { running.Add(-1) }
	}
	server := newTransport(t, Options{})
	server.AnswerPromptly(func(endpoint string) bool { return endpoint == "/prompt" })
	both := make(chan struct{})
	if err := server.Listen("127.0.0.1:0", func(ctx context.Context, from netip.AddrPort, endpoint string, body []byte) ([]byte, error) {
		if endpoint == "/prompt" {
			defer count()()
			return echo(ctx, from, endpoint, body)
		}
		select { // two of these meet, which needs two goroutines
		case both <- struct{}{}:
		case <-both:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return body, nil
	}); err != nil {
		t.Fatal(err)
	}
	var calls sync.WaitGroup
	for range 8 {
		client := newTransport(t, Options{})
		calls.Go(func() {
			for range 50 {
				if got, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/prompt", []byte("x")); err != nil || string(got) != "/prompt x" {
					t.Errorf("got %q, %v", got, err)
				}
			}
			if _, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/wait", make([]byte, inPlace+1)); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	if server.poller.Load() != nil && most.Load() != 1 {
		t.Errorf("%d prompt handlers ran at once", most.Load())
	}
}

// The handler and the end of a started call may start the next one.
func TestStartedCallsStartOthers(t *testing.T) {
	const hops = 1000
	a, b := newTransport(t, Options{}), newTransport(t, Options{})
	done := make(chan error, 1)
	var left atomic.Int64
	left.Store(hops)
	var hop func(from, to *Transport)
	hop = func(from, to *Transport) {
		if left.Add(-1) == 0 {
			done <- nil
			return
		}
		if !from.Start(await.Patience, to.Address(), "/x", nil, func(_ []byte, err error) {
			if err != nil {
				done <- err
			} else {
				hop(to, from)
			}
		}) {
			done <- errors.New("not started")
		}
	}
	for _, tr := range []*Transport{a, b} {
		tr.AnswerPromptly(func(string) bool { return true })
		if err := tr.Listen("127.0.0.1:0", echo); err != nil {
			t.Fatal(err)
		}
	}
	connect(t, a, b)
	waitUntil(t, "both know the connection", func() bool { return b.peers.get(a.Address()) != nil })
	hop(a, b)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
