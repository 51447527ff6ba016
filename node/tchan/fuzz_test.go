package tchan

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
)

// seeds are frames that mutate into interesting ones: most have no checksum,
// which a fuzzer could not guess.
func seeds(f *testing.F) {
	plain := func(bend func(*testCall)) []byte {
		return call(func(c *testCall) { c.sumType = sumNone; bend(c) })
	}
	zero := uint32(0)
	for _, b := range [][]byte{
		nil,
		goodInit(kindInitReq),
		goodCall().bytes(),
		plain(func(*testCall) {}),
		plain(func(c *testCall) { c.args = nil }),
		plain(func(c *testCall) { c.service = "other" }),
		plain(func(c *testCall) { c.args[1] = []byte(`[`) }),
		plain(func(c *testCall) { c.headers = []string{"as", "raw"} }),
		call(func(c *testCall) { c.sumType, c.sum = 4, &zero }),
		call(func(c *testCall) { c.sumType, c.sum = 2, &zero }),
		join(unfinished(1), contFrame(kindCallReqCont, 1, moreFragments, "x"), contFrame(kindCallReqCont, 1, 0, "")),
		join(unfinished(1), unfinished(2), contFrame(kindCallReqCont, 1, 0)),
		resFrame(1, 0, 0, "", "{}", "1"),
		resFrame(1, 0, 1, "", "", `{"type":"error","message":"x"}`),
		join(resFrame(1, moreFragments, 0, "", "{}", "1"), contFrame(kindCallResCont, 1, 0, "x")),
		join(resFrame(1, moreFragments, 0, ""), contFrame(kindCallResCont, 1, 0, "", "{}", "x")),
		errorFrame(1, CodeUnexpected, "100%d"),
		join(frame(kindPingReq, 1, nil), frame(kindPingRes, 1, nil), frame(kindCancel, 1, make([]byte, 4+tracingSize+2))),
	} {
		f.Add(b, false)
	}
	f.Add([]byte("\x00\x02\x00\x00\x00\x03\x01\x00\x01\x00\x04\x01\x00\x00\x08\x01\x00\x01\x03\x02\x02/\x01\x01{\x01\x01}"), true)
}

// script makes frames with right sizes and checksums out of arbitrary bytes, so
// that what a fuzzer changes is what they say and in which order they come.
func script(b []byte) []byte {
	next := func() byte {
		if len(b) == 0 {
			return 0
		}
		first := b[0]
		b = b[1:]
		return first
	}
	args := func() (a [][]byte) {
		for range next() % 5 {
			n := min(int(next())*int(next()), 20_000)
			a = append(a, bytes.Repeat([]byte{next()}, n))
		}
		return a
	}
	var out []byte
	for len(b) > 0 {
		kind, id, flags := next(), uint32(next()%4), next()%2
		switch kind % 8 {
		case 0, 1:
			c := goodCall()
			c.id, c.flags, c.sumType = id, flags, next()%4
			if kind&8 != 0 {
				c.args = args()
			}
			if kind&16 != 0 {
				c.ttl = uint32(next())
			}
			out = append(out, c.bytes()...)
		case 2:
			out = append(out, frame(kindCallReqCont, id, append([]byte{flags}, testFragment(next()%4, nil, 0, args())...))...)
		case 3, 4:
			p := append([]byte{flags, next() % 2}, make([]byte, tracingSize)...)
			p = append(p, testHeaders([]string{"as", "json"})...)
			out = append(out, frame(kindCallRes, id, append(p, testFragment(next()%4, nil, 0, args())...))...)
		case 5:
			out = append(out, frame(kindCallResCont, id, append([]byte{flags}, testFragment(next()%4, nil, 0, args())...))...)
		case 6:
			e := errorFrame(id, CodeTimeout, string(bytes.Repeat([]byte{next()}, int(next()))))
			e[headerSize] = next() // error code
			out = append(out, e...)
		case 7:
			out = append(out, frame([]byte{kindPingReq, kindPingRes, kindCancel, kindInitReq}[id], id, smallPayload(next))...)
		}
	}
	return out
}

// smallPayload is the payload of a cancel, or of nothing, or garbage.
func smallPayload(next func() byte) []byte {
	switch next() % 3 {
	case 0:
		return nil
	case 1:
		return make([]byte, 4+tracingSize+2)
	default:
		return []byte{next(), next()}
	}
}

// The checker says of any bytes that they are bad, or passes them, within its
// bounds.
func FuzzChecker(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte, scripted bool) {
		if scripted {
			b = script(b)
		}
		for _, c := range []*checker{testChecker(accepted), testChecker(dialled), readyChecker(accepted)} {
			passed, err := 0, error(nil)
			for rest := b; len(rest) >= headerSize && err == nil; {
				h := parseHeader(rest)
				size := int(h.size)
				if size > len(rest) {
					break
				}
				if err = c.frame(h, rest[headerSize:max(size, headerSize)]); err == nil {
					rest, passed = rest[size:], passed+1
				}
			}
			if err != nil && !errors.Is(err, ErrFrame) {
				t.Errorf("error %v is no bad frame", err)
			}
			if passed > 0 && !c.ready {
				if c.side == accepted {
					t.Error("frames passed before the handshake")
				}
			}
			if len(c.requests) > maxOpen || len(c.answers) > maxOpen {
				t.Errorf("%d requests and %d answers are open", len(c.requests), len(c.answers))
			}
		}
	})
}

// pipeListener accepts the connections put into it: fuzzing needs no ports.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l pipeListener) Close() error {
	close(l.closed)
	return nil
}

func (l pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// A transport survives any bytes from a peer that it has a call pending with,
// and answers others afterwards.
func FuzzTransport(f *testing.F) {
	seeds(f)
	server := newTransport(f, Options{})
	l := pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	server.mu.Lock()
	server.serveListener(l, l.Addr(), echo)
	server.mu.Unlock()
	// The peer's name for itself: what is called there goes over its connection.
	const peer = "127.0.0.1:1"
	hello := initFrame(kindInitReq, 2, "host_port", peer, "process_name", "fuzz")

	connect := func(t *testing.T) net.Conn {
		ours, theirs := net.Pipe()
		l.conns <- theirs
		if err := ours.SetDeadline(time.Now().Add(await.Patience)); err != nil {
			t.Fatal(err)
		}
		if _, err := ours.Write(hello); err != nil {
			t.Fatal(err)
		}
		if h, _ := readFrame(t, ours); h.kind != kindInitRes {
			t.Fatalf("handshake answered with type %#02x", h.kind)
		}
		return ours
	}
	f.Fuzz(func(t *testing.T, b []byte, scripted bool) {
		if scripted {
			b = script(b)
		}
		c := connect(t)
		waitUntil(t, "the peer is known", func() bool { return server.peers.get(peer) != nil })
		ctx, cancel := context.WithTimeout(context.Background(), await.Patience)
		defer cancel()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_, _ = server.Call(ctx, peer, "/x", []byte("{}")) // has id 1
		}()
		if h, _ := readFrame(t, c); h.kind != kindCallReq || h.id != 1 {
			t.Fatalf("call came with type %#02x, id %d", h.kind, h.id)
		}
		drained := make(chan struct{})
		go func() {
			defer close(drained)
			_, _ = io.Copy(io.Discard, c)
		}()
		_, _ = c.Write(b)
		_, _ = c.Write(frame(kindPingReq, 0, nil))
		c.Close()
		<-drained
		<-ended
		waitUntil(t, "the connection is gone", func() bool { return openConns(server) == 0 && server.peers.get(peer) == nil })

		good := connect(t)
		defer good.Close()
		if _, err := good.Write(goodCall().bytes()); err != nil {
			t.Fatal(err)
		}
		if h, _ := readFrame(t, good); h.kind != kindCallRes {
			t.Fatalf("a good call was answered with type %#02x", h.kind)
		}
		good.Close()
		waitUntil(t, "the connection is gone", func() bool { return openConns(server) == 0 && server.peers.get(peer) == nil })
	})
}
