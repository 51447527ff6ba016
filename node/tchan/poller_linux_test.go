package tchan

import (
	"bytes"
	"log/slog"
	"net"
	"syscall"
	"testing"
)

// What a connection still has to read when it is closed is not taken for the beginning of a frame.
func TestAClosedConnectionIsNotRead(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	peer, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	raw, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := peer.Write([]byte("the rest of a frame that was read before")); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	transport := newTransport(t, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	c := transport.newConn(raw, accepted)
	defer c.net.Close()
	waitUntil(t, "the bytes arrive", func() bool { return peek(c) > 0 })
	p, err := newPoller()
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	p.conns[1] = c
	c.closed, c.cause = true, net.ErrClosed // and has not been forgotten yet
	p.serve(1)
	if log.Len() > 0 {
		t.Errorf("it says %s", log.String())
	}
	if peek(c) <= 0 {
		t.Error("it was read")
	}
}

// peek returns whether there is something to read, without reading it.
func peek(c *conn) (n int) {
	_ = c.raw.Control(func(fd uintptr) { n, _, _ = syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK) })
	return n
}
