package tchan

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

// scriptedConn is a connection from which a reader reads.
type scriptedConn struct {
	net.Conn // the other methods: a pipe's
	r        io.Reader
	wrote    bytes.Buffer
}

func (c *scriptedConn) Read(p []byte) (int, error)  { return c.r.Read(p) }
func (c *scriptedConn) Write(p []byte) (int, error) { return c.wrote.Write(p) }

func guardReader(t testing.TB, tr *Transport, r io.Reader) (*guardedConn, *scriptedConn) {
	t.Helper()
	end, other := net.Pipe()
	other.Close()
	raw := &scriptedConn{Conn: end, r: r}
	c := tr.guard(raw, accepted)
	t.Cleanup(func() { c.Close() })
	return c, raw
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

func TestGoodBytesPassUnchangedInAnyPieces(t *testing.T) {
	tr := newTransport(t, Options{})
	rapid.Check(t, func(rt *rapid.T) {
		sent := goodInit(kindInitReq)
		for range rapid.IntRange(0, 8).Draw(rt, "frames") {
			switch rapid.IntRange(0, 3).Draw(rt, "kind") {
			case 0:
				sent = append(sent, frame(kindPingReq, 1, nil)...)
			case 1: // around the sizes of the buffers
				n := rapid.SampledFrom([]int{0, 1, 1900, 2000, 2048, 2100, 30_000, 65_400}).Draw(rt, "size")
				sent = append(sent, call(func(c *testCall) { c.args[2] = bytes.Repeat([]byte{'x'}, n) })...)
			case 2:
				n := rapid.IntRange(0, 5000).Draw(rt, "size")
				sent = append(sent, call(func(c *testCall) { c.args[2] = bytes.Repeat([]byte{'y'}, n) })...)
			case 3:
				sent = append(sent, join(unfinished(3), contFrame(kindCallReqCont, 3, 0, "x"))...)
			}
		}
		most := rapid.SampledFrom([]int{1, 16, 100, 3000, 100_000}).Draw(rt, "most")
		if most == 1 && len(sent) > 10_000 {
			most = 100
		}
		c, _ := guardReader(t, tr, randomReads{bytes.NewReader(sent), rt, most})
		got := make([]byte, len(sent))
		if n, err := io.ReadFull(randomReads{c, rt, most}, got); err != nil || !bytes.Equal(got, sent) {
			rt.Fatalf("%d bytes of %d, %v", n, len(sent), err)
		}
		if c.big != nil {
			rt.Fatal("a big buffer is held while nothing is on its way")
		}
		if n, err := c.Read(got); n != 0 || err != io.EOF {
			rt.Fatalf("at the end: %d bytes, %v", n, err)
		}
	})
}

func TestNothingOfABadFramePasses(t *testing.T) {
	tr := newTransport(t, Options{})
	good := join(goodInit(kindInitReq), goodCall().bytes())
	bad := call(func(c *testCall) { c.sumType = 9 })
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"at once":       func(r io.Reader) io.Reader { return r },
		"byte for byte": iotest.OneByteReader,
		"in halves":     iotest.HalfReader,
	} {
		t.Run(name, func(t *testing.T) {
			c, raw := guardReader(t, tr, wrap(bytes.NewReader(join(good, bad, goodCall().bytes()))))
			got, err := io.ReadAll(c)
			if !bytes.Equal(got, good) || !errors.Is(err, ErrFrame) {
				t.Errorf("%d bytes passed of %d good ones, then %v", len(got), len(good), err)
			}
			if _, again := c.Read(make([]byte, 1)); again != err {
				t.Errorf("reading again: %v", again)
			}
			told := raw.wrote.Bytes()
			if len(told) < headerSize || parseHeader(told).kind != kindError || parseHeader(told).id != 7 {
				t.Errorf("the peer was told %q", told)
			}
		})
	}
}

func TestBuffersAreGivenBackAfterFailures(t *testing.T) {
	tr := newTransport(t, Options{})
	big := call(func(c *testCall) { c.args[2] = make([]byte, 60_000) })
	c, _ := guardReader(t, tr, bytes.NewReader(join(goodInit(kindInitReq), big[:40_000])))
	if _, err := io.ReadAll(c); err != nil {
		t.Fatal(err)
	}
	if c.big != nil {
		t.Error("a big buffer is held after the end")
	}
}

func TestTheEarlierDeadlineCounts(t *testing.T) {
	var set []int64
	d := deadline{set: func(at time.Time) error {
		set = append(set, max(at.Unix(), 0))
		return nil
	}}
	at := func(s int64) time.Time { return time.Unix(s, 0) }
	_ = d.caller(at(10))
	d.frameAtMost(at(5))
	d.frameAtMost(at(7)) // later: no change
	d.frame(time.Time{})
	d.frame(at(20))
	_ = d.caller(time.Time{})
	d.frame(at(20)) // the same: no change
	d.frame(time.Time{})
	if want := []int64{10, 5, 10, 10, 20, 0}; !slices.Equal(set, want) {
		t.Errorf("deadlines %v, want %v", set, want)
	}
}
