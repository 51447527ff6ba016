package tchan

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
)

// stuckConn is a connection whose peer reads when it is told to.
type stuckConn struct {
	*scriptedConn
	reads    chan struct{}
	deadline chan struct{} // closed by the end
}

func (c *stuckConn) Write(p []byte) (int, error) {
	select {
	case <-c.reads:
		return c.scriptedConn.Write(p)
	case <-c.deadline:
		return 0, os.ErrDeadlineExceeded
	}
}

func stuck(t *testing.T) (*conn, *stuckConn) {
	tr := newTransport(t, Options{})
	c, raw := scripted(t, tr, bytes.NewReader(nil))
	s := &stuckConn{scriptedConn: raw, reads: make(chan struct{}), deadline: make(chan struct{})}
	c.net = s
	t.Cleanup(func() {
		select {
		case <-s.deadline:
		default:
			close(s.deadline)
		}
	})
	return c, s
}

// What a peer does not read is bounded, and senders wait no longer than they may.
func TestSendersWaitForAPeerThatDoesNotRead(t *testing.T) {
	c, s := stuck(t)
	big := appendFrame(nil, kindCallResCont, 1, make([]byte, 60_000))
	sent := 0
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		err := c.send(ctx, big)
		cancel()
		if err != nil {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			break
		}
		// As much waits as is being written, and each may exceed the limit by the last frame.
		if sent += len(big); sent > 2*(maxQueue+len(big)) {
			t.Fatalf("%d bytes are waiting", sent)
		}
	}
	// When it reads again all of them arrive, and there is room again.
	done := make(chan error)
	go func() { done <- c.send(context.Background(), big) }()
	close(s.reads)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	sent += len(big)
	waitUntil(t, "all has arrived", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.wrote.Len() == sent
	})
	if n := len(s.told(t)); n*len(big) != sent {
		t.Errorf("%d frames have arrived, want %d", n, sent/len(big))
	}
	waitUntil(t, "no goroutine is writing, and nothing is kept", func() bool {
		c.out.mu.Lock()
		defer c.out.mu.Unlock()
		return !c.out.writes && c.out.queue == nil
	})
}

// Answers that no goroutine waits to send end the connection when the peer reads none.
func TestAPeerThatPingsAndDoesNotReadLosesTheConnection(t *testing.T) {
	c, _ := stuck(t)
	pong := appendFrame(nil, kindPingRes, 1, nil)
	for range 2 * maxPosted / len(pong) {
		c.post(pong)
	}
	if err := c.isClosed(); !errors.Is(err, errUnread) {
		t.Errorf("closed because of %v", err)
	}
}

func TestAPeerThatTakesTooLongLosesTheConnection(t *testing.T) {
	c, s := stuck(t)
	c.post(appendFrame(nil, kindPingRes, 1, nil))
	close(s.deadline)
	waitUntil(t, "it is closed", func() bool { return errors.Is(c.isClosed(), errSlow) })
	if err := c.send(context.Background(), appendFrame(nil, kindPingRes, 1, nil)); err != errNotSent {
		t.Errorf("sending over it: %v", err)
	}
}

// A caller whose time is up while it sends tells the peer to forget the call.
func TestACallThatIsGivenUpWhileItIsSent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var peer net.Conn
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		if peer, err = l.Accept(); err != nil {
			return
		}
		_, _, _ = tryReadFrame(peer)
		_, _ = peer.Write(goodInit(kindInitRes))
	}()
	client := newTransport(t, Options{})
	_, err = client.Call(withTimeout(t, 200*time.Millisecond), l.Addr().String(), "/x", make([]byte, 16<<20))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	<-accepted
	defer peer.Close()
	if err := peer.SetDeadline(time.Now().Add(await.Patience)); err != nil {
		t.Fatal(err)
	}
	for {
		h, _, err := tryReadFrame(peer)
		if err != nil {
			t.Fatal(err)
		}
		if h.kind == kindCancel && h.id == 1 {
			return
		}
	}
}

// And so does ours: what came of the call is dropped, and the connection goes on.
func TestACancelledCallIsForgotten(t *testing.T) {
	server := newServer(t, Options{FrameTimeout: 100 * time.Millisecond}, echo)
	c := rawDial(t, server.Address())
	big := make([]byte, 50_000)
	started := join(unfinished(1), contFrame(kindCallReqCont, 1, moreFragments, string(big)))
	if _, err := c.Write(started); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "it is arriving", func() bool { return server.buffered.used.Load() > 0 })
	if _, err := c.Write(cancelFrame(1)); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "it is forgotten", func() bool { return server.buffered.used.Load() == 0 })
	waitUntil(t, "nothing is awaited", func() bool {
		awaited := false
		eachConn(server, func(c *conn) {
			c.mu.Lock()
			defer c.mu.Unlock()
			awaited = !c.deadline.IsZero()
		})
		return !awaited
	})
	if _, err := c.Write(goodCall().bytes()); err != nil {
		t.Fatal(err)
	}
	if h, _ := readFrame(t, c); h.kind != kindCallRes {
		t.Errorf("a good call was answered with type %#02x", h.kind)
	}
}

// Peers that call each other for the first time at the same moment keep one connection.
func TestSimultaneousDialsLeaveOneConnection(t *testing.T) {
	for range 20 {
		a, b := newServer(t, Options{}, echo), newServer(t, Options{}, echo)
		var calls sync.WaitGroup
		for _, pair := range [][2]*Transport{{a, b}, {b, a}} {
			calls.Go(func() {
				if _, err := pair[0].Call(withTimeout(t, await.Patience), pair[1].Address(), "/x", nil); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		if openConns(a) == 2 && openConns(b) == 2 {
			first, second := a.peers.get(b.Address()), b.peers.get(a.Address())
			if first.from == second.from || first.side == second.side {
				t.Fatalf("they use different connections: %v, %v", first.from, second.from)
			}
			for _, tr := range []*Transport{a, b} {
				eachConn(tr, func(c *conn) { c.lastActive.Add(-int64(2 * redundantAfter)) })
			}
		}
		waitUntil(t, "one connection is left", func() bool { return openConns(a) == 1 && openConns(b) == 1 })
		for _, pair := range [][2]*Transport{{a, b}, {b, a}} {
			if _, err := pair[0].Call(withTimeout(t, await.Patience), pair[1].Address(), "/x", nil); err != nil {
				t.Error(err)
			}
		}
		if n := openConns(a); n != 1 {
			t.Errorf("%d connections", n)
		}
		a.Close()
		b.Close()
	}
}

// Idle connections have no goroutines where they can be polled.
func TestIdleConnectionsHaveNoGoroutines(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("connections are polled on Linux only")
	}
	const peers = 50
	client := newTransport(t, Options{})
	var all []*Transport
	for range peers {
		all = append(all, newServer(t, Options{}, echo))
	}
	before := runtime.NumGoroutine()
	for _, server := range all {
		if _, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/x", nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := openConns(client); n != peers {
		t.Fatalf("%d connections", n)
	}
	// A poller for each of them and one here.
	waitUntil(t, "no other goroutines are there", func() bool { return runtime.NumGoroutine() <= before+peers+1 })
}

// A connection that cannot be polled has a goroutine, and works all the same.
func TestConnectionsThatAreNoSockets(t *testing.T) {
	server := newTransport(t, Options{})
	l := pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	server.mu.Lock()
	server.serveListener(l, l.Addr(), func(_ context.Context, _ netip.AddrPort, _ string, body []byte) ([]byte, error) { return body, nil })
	server.mu.Unlock()
	ours, theirs := net.Pipe()
	defer ours.Close()
	l.conns <- theirs
	if err := ours.SetDeadline(time.Now().Add(await.Patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := ours.Write(goodInit(kindInitReq)); err != nil {
		t.Fatal(err)
	}
	if h, _ := readFrame(t, ours); h.kind != kindInitRes {
		t.Fatalf("handshake answered with type %#02x", h.kind)
	}
	for id := range uint32(3) {
		body := bytes.Repeat([]byte("x"), 60_000)
		if _, err := ours.Write(call(func(c *testCall) { c.id, c.args[2] = id, body })); err != nil {
			t.Fatal(err)
		}
		h, payload := readFrame(t, ours)
		if h.kind != kindCallRes || h.id != id || len(payload) < len(body) {
			t.Errorf("call %d was answered with type %#02x, id %d, %d bytes", id, h.kind, h.id, len(payload))
		}
	}
	ours.Close()
	waitUntil(t, "the connection is gone", func() bool { return openConns(server) == 0 })
}
