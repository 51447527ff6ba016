package tchan

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"io"
	"maps"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
)

func newTransport(t testing.TB, o Options) *Transport {
	t.Helper()
	tr, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return tr
}

func newServer(t testing.TB, o Options, h Handler) *Transport {
	t.Helper()
	tr := newTransport(t, o)
	if err := tr.Listen("127.0.0.1:0", h); err != nil {
		t.Fatal(err)
	}
	return tr
}

// echo answers with endpoint and body.
func echo(_ context.Context, _ netip.AddrPort, endpoint string, body []byte) ([]byte, error) {
	return append([]byte(endpoint+" "), body...), nil
}

func withTimeout(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// waitUntil waits until the condition holds.
func waitUntil(t testing.TB, what string, condition func() bool) {
	t.Helper()
	await.True(t, await.Patience, what, condition)
}

func openConns(t *Transport) int {
	t.conns.mu.Lock()
	defer t.conns.mu.Unlock()
	return len(t.conns.conns)
}

func eachConn(t *Transport, f func(*conn)) {
	t.conns.mu.Lock()
	open := slices.Collect(maps.Keys(t.conns.conns))
	t.conns.mu.Unlock()
	for _, c := range open {
		f(c)
	}
}

// checkAlive makes a good call to a server with the echo handler.
func checkAlive(t testing.TB, server *Transport) {
	t.Helper()
	client, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	got, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/alive", []byte("?"))
	if err != nil || string(got) != "/alive ?" {
		t.Fatalf("a good call got %q, %v", got, err)
	}
}

// frame puts a header in front of a payload.
func frame(kind byte, id uint32, payload []byte) []byte {
	b := make([]byte, headerSize, headerSize+len(payload))
	binary.BigEndian.PutUint16(b, uint16(headerSize+len(payload)))
	b[2] = kind
	binary.BigEndian.PutUint32(b[4:], id)
	return append(b, payload...)
}

// initFrame is a handshake with pairs of header keys and values.
func initFrame(kind byte, version uint16, headers ...string) []byte {
	p := binary.BigEndian.AppendUint16(nil, version)
	p = binary.BigEndian.AppendUint16(p, uint16(len(headers)/2))
	for _, h := range headers {
		p = binary.BigEndian.AppendUint16(p, uint16(len(h)))
		p = append(p, h...)
	}
	return frame(kind, 1, p)
}

func goodInit(kind byte) []byte {
	return initFrame(kind, 2, "host_port", "0.0.0.0:0", "process_name", "test")
}

// testCall is a call request that tests bend out of shape.
type testCall struct {
	id      uint32
	flags   byte
	ttl     uint32 // ms
	service string
	headers []string // keys and values
	sumType byte
	sum     *uint32 // nil: the right one
	args    [][]byte
}

func goodCall() testCall {
	return testCall{
		id: 7, ttl: 120_000, service: "ringpop", headers: []string{"as", "json", "cn", "test"}, sumType: sumCRC32,
		args: [][]byte{[]byte("/alive"), []byte("{}"), []byte("?")},
	}
}

func (c testCall) bytes() []byte {
	p := []byte{c.flags}
	p = binary.BigEndian.AppendUint32(p, c.ttl)
	p = append(p, make([]byte, tracingSize)...)
	p = append(p, byte(len(c.service)))
	p = append(p, c.service...)
	p = append(p, testHeaders(c.headers)...)
	p = append(p, testFragment(c.sumType, c.sum, 0, c.args)...)
	return frame(kindCallReq, c.id, p)
}

func testHeaders(headers []string) []byte {
	p := []byte{byte(len(headers) / 2)}
	for _, h := range headers {
		p = append(p, byte(len(h)))
		p = append(p, h...)
	}
	return p
}

// testFragment is the end of a call frame. The checksum goes on from the one of
// the fragments before.
func testFragment(sumType byte, sum *uint32, before uint32, chunks [][]byte) []byte {
	p := []byte{sumType}
	right := before
	for _, c := range chunks {
		right = addSum(int(sumType), right, c)
	}
	if sum != nil {
		right = *sum
	}
	if sumType != sumNone {
		p = binary.BigEndian.AppendUint32(p, right)
	}
	for _, c := range chunks {
		p = binary.BigEndian.AppendUint16(p, uint16(len(c)))
		p = append(p, c...)
	}
	return p
}

// contFrame is a continuation without checksum.
func contFrame(kind byte, id uint32, flags byte, chunks ...string) []byte {
	var b [][]byte
	for _, c := range chunks {
		b = append(b, []byte(c))
	}
	return frame(kind, id, append([]byte{flags}, testFragment(sumNone, nil, 0, b)...))
}

// resFrame is an answer without checksum.
func resFrame(id uint32, flags, code byte, chunks ...string) []byte {
	p := append([]byte{flags, code}, make([]byte, tracingSize)...)
	p = append(p, testHeaders([]string{"as", "json"})...)
	var b [][]byte
	for _, c := range chunks {
		b = append(b, []byte(c))
	}
	return frame(kindCallRes, id, append(p, testFragment(sumNone, nil, 0, b)...))
}

func crcOf(args ...string) uint32 {
	var sum uint32
	for _, a := range args {
		sum = crc32.Update(sum, crc32.IEEETable, []byte(a))
	}
	return sum
}

// rawDial opens a plain connection to a server and introduces itself.
func rawDial(t testing.TB, address string) net.Conn {
	t.Helper()
	c := rawConn(t, address)
	if _, err := c.Write(goodInit(kindInitReq)); err != nil {
		t.Fatal(err)
	}
	if h, _ := readFrame(t, c); h.kind != kindInitRes {
		t.Fatalf("handshake answered with type %#02x", h.kind)
	}
	return c
}

func rawConn(t testing.TB, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(await.Patience)); err != nil {
		t.Fatal(err)
	}
	return c
}

func readFrame(t testing.TB, c net.Conn) (header, []byte) {
	t.Helper()
	h, payload, err := tryReadFrame(c)
	if err != nil {
		t.Fatalf("read frame: %v", err)
	}
	return h, payload
}

func tryReadFrame(c net.Conn) (header, []byte, error) {
	var b [headerSize]byte
	if _, err := io.ReadFull(c, b[:]); err != nil {
		return header{}, nil, err
	}
	h := parseHeader(b[:])
	payload := make([]byte, int(h.size)-headerSize)
	_, err := io.ReadFull(c, payload)
	return h, payload, err
}

// awaitEnd reads until the peer closes the connection and returns what the last
// error frame said, if there was one.
func awaitEnd(t testing.TB, c net.Conn) string {
	t.Helper()
	said := ""
	for {
		h, payload, err := tryReadFrame(c)
		if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
			t.Fatal("connection was not closed")
		}
		if err != nil {
			return said
		}
		if h.kind == kindError {
			said = string(payload[1+tracingSize+2:])
		}
	}
}
