package tchan

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

// scriptedConn is a connection from which a reader reads.
type scriptedConn struct {
	net.Conn // the other methods: a pipe's
	r        io.Reader

	mu    sync.Mutex
	wrote bytes.Buffer
}

func (c *scriptedConn) Read(p []byte) (int, error) { return c.r.Read(p) }

func (c *scriptedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wrote.Write(p)
}

func (c *scriptedConn) SetWriteDeadline(time.Time) error { return nil }

// told returns the frames that were written.
func (c *scriptedConn) told(t testing.TB) (frames []header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for b := c.wrote.Bytes(); len(b) > 0; {
		h := parseHeader(b)
		if int(h.size) > len(b) {
			t.Fatalf("half a frame was written: %.40q", b)
		}
		frames, b = append(frames, h), b[h.size:]
	}
	return frames
}

func scripted(t testing.TB, tr *Transport, r io.Reader) (*conn, *scriptedConn) {
	t.Helper()
	end, other := net.Pipe()
	other.Close()
	raw := &scriptedConn{Conn: end, r: r}
	c := tr.newConn(raw, accepted)
	t.Cleanup(func() { c.close(net.ErrClosed) })
	return c, raw
}

// recorder is a handler that counts calls by the sizes of their bodies.
type recorder struct {
	mu    sync.Mutex
	sizes map[int]int
}

func (r *recorder) handle(_ context.Context, _ netip.AddrPort, _ string, body []byte) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sizes[len(body)]++
	return nil, nil
}

// randomReads reads pieces of random sizes.
type randomReads struct {
	r    io.Reader
	t    *rapid.T
	most int
}

func (r randomReads) Read(p []byte) (int, error) {
	n := rapid.IntRange(1, r.most).Draw(r.t, "read")
	return r.r.Read(p[:min(n, len(p))])
}

func TestGoodFramesAreTakenInInAnyPieces(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rec := &recorder{sizes: make(map[int]int)}
		tr := newTransport(t, Options{MaxInFlight: 1000})
		var h Handler = rec.handle
		tr.handler.Store(&h)
		sent, want := goodInit(kindInitReq), make(map[int]int)
		for i := range rapid.IntRange(0, 8).Draw(rt, "frames") {
			id := uint32(i)
			body := func(n int) []byte {
				want[n]++
				return call(func(c *testCall) { c.id, c.args[2] = id, bytes.Repeat([]byte{'x'}, n) })
			}
			switch rapid.IntRange(0, 3).Draw(rt, "kind") {
			case 0:
				sent = append(sent, frame(kindPingReq, 1, nil)...)
			case 1: // around the sizes of the buffers
				sent = append(sent, body(rapid.SampledFrom([]int{0, 1, 1900, 2000, 2048, 4000, 4096, 30_000, 65_400}).Draw(rt, "size"))...)
			case 2:
				sent = append(sent, body(rapid.IntRange(0, 5000).Draw(rt, "size"))...)
			case 3:
				want[2]++
				sent = append(sent, join(unfinished(id), contFrame(kindCallReqCont, id, 0, "x"))...)
			}
		}
		most := rapid.SampledFrom([]int{1, 16, 100, 3000, 100_000}).Draw(rt, "most")
		if most == 1 && len(sent) > 10_000 {
			most = 100
		}
		c, _ := scripted(t, tr, randomReads{bytes.NewReader(sent), rt, most})
		c.readAll()
		if c.partial != nil {
			rt.Fatal("a buffer is held after the end")
		}
		if err := c.isClosed(); !errors.Is(err, io.EOF) {
			rt.Fatalf("closed because of %v", err)
		}
		if err := tr.Close(); err != nil { // waits for the handlers
			rt.Fatal(err)
		}
		total, got := 0, 0
		for n, times := range want {
			total += times
			if rec.sizes[n] != times {
				rt.Errorf("%d calls with %d bytes, want %d", rec.sizes[n], n, times)
			}
		}
		for _, times := range rec.sizes {
			got += times
		}
		if got != total {
			rt.Errorf("%d calls, want %d", got, total)
		}
	})
}

func TestNothingOfABadFrameIsTakenIn(t *testing.T) {
	good := join(goodInit(kindInitReq), goodCall().bytes())
	bad := call(func(c *testCall) { c.id, c.sumType = 8, 9 })
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"at once":       func(r io.Reader) io.Reader { return r },
		"byte for byte": iotest.OneByteReader,
		"in halves":     iotest.HalfReader,
	} {
		t.Run(name, func(t *testing.T) {
			rec := &recorder{sizes: make(map[int]int)}
			tr := newTransport(t, Options{})
			var h Handler = rec.handle
			tr.handler.Store(&h)
			c, raw := scripted(t, tr, wrap(bytes.NewReader(join(good, bad, goodCall().bytes()))))
			c.readAll()
			if err := c.isClosed(); !errors.Is(err, ErrFrame) {
				t.Errorf("closed because of %v", err)
			}
			if err := tr.Close(); err != nil {
				t.Fatal(err)
			}
			if rec.sizes[1] != 1 || len(rec.sizes) != 1 {
				t.Errorf("calls by size: %v, want one", rec.sizes)
			}
			refusals := 0
			for _, h := range raw.told(t) {
				if h.kind == kindError && h.id == 8 {
					refusals++
				}
			}
			if refusals != 1 {
				t.Errorf("the peer was told %v", raw.told(t))
			}
		})
	}
}

func TestBuffersAreGivenBackAfterFailures(t *testing.T) {
	tr := newTransport(t, Options{})
	big := call(func(c *testCall) { c.args[2] = make([]byte, 60_000) })
	c, _ := scripted(t, tr, bytes.NewReader(join(goodInit(kindInitReq), big[:40_000])))
	c.readAll()
	if c.partial != nil {
		t.Error("a buffer is held after the end")
	}
}

// The earlier of all that is awaited counts, and only while it is awaited.
func TestTheClockOfAConnection(t *testing.T) {
	tr := newTransport(t, Options{FrameTimeout: time.Hour, HandshakeTimeout: 30 * time.Minute})
	c, _ := scripted(t, tr, bytes.NewReader(nil))
	left := func() time.Duration {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.deadline.IsZero() {
			return 0
		}
		return time.Until(c.deadline).Round(time.Minute)
	}
	feed := func(b []byte) {
		for len(b) > 0 {
			into := c.room(make([]byte, readAhead))
			n := copy(into, b)
			c.take(into[:n])
			b = b[n:]
		}
	}
	good := goodCall().bytes()
	for _, step := range []struct {
		what string
		sent []byte
		want time.Duration
	}{
		{"at first the handshake", nil, 30 * time.Minute},
		{"half of it changes nothing", goodInit(kindInitReq)[:20], 30 * time.Minute},
		{"the rest of it", goodInit(kindInitReq)[20:], 0},
		{"half a frame", good[:30], time.Hour},
		{"the rest of it", good[30:], 0},
		{"half a message", unfinished(1), 3 * time.Hour},
		{"half a frame of it", contFrame(kindCallReqCont, 1, 0, "xx")[:18], time.Hour},
		{"the rest of it", contFrame(kindCallReqCont, 1, 0, "xx")[18:], 0},
	} {
		feed(step.sent)
		if got := left(); got != step.want {
			t.Errorf("%s: %v are left, want %v", step.what, got, step.want)
		}
	}
	c.await(time.Now().Add(-time.Second))
	waitUntil(t, "it is closed", func() bool { return errors.Is(c.isClosed(), errSlow) })
}
