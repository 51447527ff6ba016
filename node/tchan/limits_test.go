package tchan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/internal/await"
)

func TestSlowSendersLoseTheConnection(t *testing.T) {
	const soon = 50 * time.Millisecond
	impatient := newServer(t, Options{HandshakeTimeout: soon, FrameTimeout: soon}, echo)
	introduced := newServer(t, Options{FrameTimeout: soon}, echo)
	good := goodCall().bytes()
	tests := []struct {
		name string
		init bool
		sent []byte
	}{
		{"nothing", false, nil},
		{"half a header", false, goodInit(kindInitReq)[:7]},
		{"half a handshake", false, goodInit(kindInitReq)[:30]},
		// What a TLS client says first looks like the header of a handshake.
		{"TLS client hello", false, append([]byte{0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01}, make([]byte, 500)...)},
		{"one byte of a frame", true, good[:1]},
		{"half a frame", true, good[:len(good)-1]},
		{"half a big frame", true, append(call(func(c *testCall) { c.args[2] = make([]byte, 60_000) })[:50_000:50_000], 0)},
		{"half a message", true, unfinished(1)},
		{"half a message and good calls", true, join(unfinished(1), good)},
		{"half an answer", true, resFrame(9, moreFragments, 0, "", "{}", "1")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var c net.Conn
			if tt.init {
				c = rawDial(t, introduced.Address())
			} else {
				c = rawConn(t, impatient.Address())
			}
			if _, err := c.Write(tt.sent); err != nil {
				t.Fatal(err)
			}
			awaitEnd(t, c)
		})
	}
}

func TestTheClockTicksOnlyWhileSomethingIsAwaited(t *testing.T) {
	server := newServer(t, Options{}, echo)
	c := rawConn(t, server.Address())
	ticks := func() bool {
		ticks := false
		eachConn(server, func(c *conn) {
			c.mu.Lock()
			defer c.mu.Unlock()
			ticks = !c.deadline.IsZero()
		})
		return ticks
	}
	good := goodCall().bytes()
	for _, step := range []struct {
		sent []byte
		want bool
		what string
	}{
		{nil, true, "before the handshake"},
		{goodInit(kindInitReq), false, "after the handshake"},
		{good[:20], true, "within a frame"},
		{good[20:], false, "after a call"},
		{unfinished(1), true, "within a message"},
		{contFrame(kindCallReqCont, 1, 0, ""), false, "after a message"},
	} {
		if _, err := c.Write(step.sent); err != nil {
			t.Fatal(err)
		}
		waitUntil(t, fmt.Sprintf("the clock ticks (%v) %s", step.want, step.what), func() bool { return ticks() == step.want })
	}
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	server := newServer(t, Options{IdleTimeout: 50 * time.Millisecond}, echo)
	awaitEnd(t, rawDial(t, server.Address()))
	waitUntil(t, "no connection is left", func() bool { return openConns(server) == 0 })
	// A connection may be closed as idle before the first call on it is made.
	client := newTransport(t, Options{})
	waitUntil(t, "a good call is answered", func() bool {
		got, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/alive", nil)
		return err == nil && string(got) == "/alive "
	})
}

func TestPeersThatDoNotReadLoseTheConnection(t *testing.T) {
	server := newServer(t, Options{FrameTimeout: 100 * time.Millisecond}, func(context.Context, netip.AddrPort, string, []byte) ([]byte, error) {
		return make([]byte, 4<<20), nil
	})
	c := rawDial(t, server.Address())
	var calls []byte // at once, or the connection could be closed in between
	for id := range uint32(8) {
		calls = append(calls, call(func(c *testCall) { c.id = id })...)
	}
	if _, err := c.Write(calls); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "the connection is closed", func() bool { return openConns(server) == 0 })
	waitUntil(t, "no call is left", func() bool { return server.inFlight.Load() == 0 })
}

func TestTooManyConnections(t *testing.T) {
	server := newServer(t, Options{MaxConnections: 8}, echo)

	// Strangers never keep others out: the oldest of them goes.
	var strangers []net.Conn
	for range 20 {
		strangers = append(strangers, rawConn(t, server.Address()))
	}
	checkAlive(t, server)
	awaitEnd(t, strangers[0])
	for _, c := range strangers {
		c.Close()
	}
	waitUntil(t, "all connections are gone", func() bool { return openConns(server) == 0 })

	// Nor do idle connections, when they are idle for long enough.
	var peers []net.Conn
	for range 8 {
		peers = append(peers, rawDial(t, server.Address()))
	}
	first := peers[0].LocalAddr().String()
	eachConn(server, func(c *conn) {
		c.lastActive.Add(-int64(minIdle))
		if c.from.String() == first {
			c.lastActive.Add(-1)
		}
	})
	checkAlive(t, server)
	awaitEnd(t, peers[0])
	waitUntil(t, "all others are still there", func() bool { return openConns(server) == 7 })

	// When all are busy, the newcomer has to go.
	rawDial(t, server.Address())
	eachConn(server, func(c *conn) { c.lastActive.Store(time.Now().Add(time.Hour).UnixNano()) })
	awaitEnd(t, rawConn(t, server.Address()))
	if n := openConns(server); n != 8 {
		t.Errorf("%d connections are open, want 8", n)
	}
}

func TestWhoLosesItsPlace(t *testing.T) {
	now := time.Unix(1000, 0)
	newConn := func(s side, introduced bool, idle time.Duration, inFlight int) *conn {
		c := &conn{side: s}
		c.introduced.Store(introduced)
		c.lastActive.Store(now.Add(-idle).UnixNano())
		c.inFlight = inFlight
		return c
	}
	ours := newConn(dialled, true, time.Hour, 0)
	busy := newConn(accepted, true, time.Minute, 1)
	fresh := newConn(accepted, true, minIdle/2, 0)
	idle := newConn(accepted, true, time.Minute, 0)
	idler := newConn(accepted, true, 2*time.Minute, 0)
	stranger := newConn(accepted, false, time.Second, 0)
	stranger2 := newConn(accepted, false, 2*time.Second, 0)
	asking := newConn(dialled, true, time.Hour, 0)
	asking.calls = 1
	made := newConn(dialled, false, time.Hour, 0)
	justCome, justCome2 := newConn(accepted, false, minIdle/2, 0), newConn(accepted, false, minIdle/2, 0)
	tests := []struct {
		name  string
		limit int
		conns []*conn
		want  *conn
		need  need
	}{
		{"the idlest", 16, []*conn{ours, busy, fresh, idle, idler}, idler, forNewcomer},
		{"the idlest, with few strangers", 16, []*conn{idle, stranger, stranger2}, idle, forNewcomer},
		{"the oldest stranger, with many strangers", 8, []*conn{idle, stranger, stranger2}, stranger2, forNewcomer},
		{"a stranger, when none is idle", 16, []*conn{busy, fresh, stranger}, stranger, forNewcomer},
		{"none, when all are busy", 16, []*conn{ours, busy, fresh}, nil, forNewcomer},
		{"one of ours, when any may go", 16, []*conn{ours, busy, fresh, idle}, ours, forCall},
		{"not one that waits for an answer", 16, []*conn{asking, idle}, idle, forCall},
		{"nor one of ours that is being made", 16, []*conn{made, idle}, idle, forCall},
		{"nor one that has just come", 16, []*conn{busy, justCome}, nil, forCall},
		{"one that is there and says nothing", 16, []*conn{busy, stranger2}, stranger2, forCall},
		{"an idle one, with many that have just come", 8, []*conn{idle, justCome, justCome2}, idle, forCall},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table := newConnTable(tt.limit, 0)
			for _, c := range tt.conns {
				table.conns[c] = struct{}{}
			}
			if got := table.loser(now, tt.need); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestTooManyCallsAreAnsweredBusy(t *testing.T) {
	release := make(chan struct{})
	server := newServer(t, Options{MaxInFlight: 8}, func(ctx context.Context, _ netip.AddrPort, _ string, _ []byte) ([]byte, error) {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return nil, nil
	})
	busy := func(err error) bool { return err != nil && strings.Contains(err.Error(), "busy") }
	var wg sync.WaitGroup
	var clients []*Transport
	for range 4 {
		client := newTransport(t, Options{})
		clients = append(clients, client)
		for range 2 {
			wg.Go(func() {
				if _, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/slow", nil); err != nil {
					t.Errorf("a call within the limits: %v", err)
				}
			})
		}
		waitUntil(t, "its calls are being handled", func() bool { return server.inFlight.Load() == int64(2*len(clients)) })
		// A quarter of the places is for one connection.
		if _, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/x", nil); !busy(err) {
			t.Errorf("a third call over one connection: %v", err)
		}
	}
	stranger := newTransport(t, Options{})
	if _, err := stranger.Call(withTimeout(t, await.Patience), server.Address(), "/x", nil); !busy(err) {
		t.Errorf("a ninth call: %v", err)
	}
	close(release)
	wg.Wait()
	if _, err := stranger.Call(withTimeout(t, await.Patience), server.Address(), "/x", nil); err != nil {
		t.Errorf("a call after that: %v", err)
	}
}

func TestBodiesShareABudget(t *testing.T) {
	server := newServer(t, Options{MaxBuffered: 1 << 20}, echo)
	// Unfinished calls hold 3 x 200 KB. Their senders may be slow on purpose.
	big := strings.Repeat("x", 50_000)
	slow := rawDial(t, server.Address())
	for id := range uint32(3) {
		frames := unfinished(id)
		for range 4 {
			frames = append(frames, contFrame(kindCallReqCont, id, moreFragments, big)...)
		}
		if _, err := slow.Write(frames); err != nil {
			t.Fatal(err)
		}
	}
	waitUntil(t, "they have arrived", func() bool { return server.buffered.used.Load() > 3*190_000 })

	client := newTransport(t, Options{})
	_, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/x", make([]byte, 900_000))
	if err == nil || !strings.Contains(err.Error(), "busy") {
		t.Errorf("a big call: %v", err)
	}
	if _, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/x", make([]byte, 3000)); err != nil {
		t.Errorf("a small call: %v", err)
	}
	slow.Close()
	waitUntil(t, "the budget is whole again", func() bool { return server.buffered.used.Load() == 0 })
	if _, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/x", make([]byte, 900_000)); err != nil {
		t.Errorf("a big call after that: %v", err)
	}
}

// flakyListener fails before it accepts.
type flakyListener struct {
	net.Listener
	failures int
}

func (l *flakyListener) Accept() (net.Conn, error) {
	if l.failures > 0 {
		l.failures--
		return nil, errors.New("too many open files")
	}
	return l.Listener.Accept()
}

func TestAcceptFailuresAreWaitedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		tr := newTransport(t, Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))})
		pipes := pipeListener{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
		tr.serveListener(&flakyListener{pipes, 3}, pipes.Addr(), echo)
		ours, theirs := net.Pipe()
		defer ours.Close()
		pipes.conns <- theirs
		go func() { _, _ = ours.Write(goodInit(kindInitReq)) }()
		if h, _ := readFrame(t, ours); h.kind != kindInitRes {
			t.Errorf("handshake answered with type %#02x", h.kind)
		}
		if got := log.String(); strings.Count(got, "too many open files") != 1 {
			t.Errorf("logs, want one about three failures:\n%s", got)
		}
	})
}

func TestBadFramesAreLoggedSparingly(t *testing.T) {
	var log await.Buffer
	server := newServer(t, Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))}, echo)
	start := time.Now()
	for range 20 {
		c := rawConn(t, server.Address())
		if _, err := c.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		awaitEnd(t, c)
	}
	most := 1 + int(time.Since(start)/logEvery)
	if n := strings.Count(log.String(), "level=WARN"); n == 0 || n > most || !strings.Contains(log.String(), "unknown type") {
		t.Errorf("%d warnings for 20 bad connections in %v:\n%s", n, time.Since(start), log.String())
	}
}
