package tchan

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/internal/await"
)

// What ends a connection and must end nothing else. Some of it crashes an
// unguarded tchannel-go: see TestDefect13TheLibraryCrashesWithoutGuard.
func TestHostileBytesHarmNoOtherPeer(t *testing.T) {
	zero := uint32(0)
	size := func(n uint16, b []byte) []byte {
		b = bytes.Clone(b)
		binary.BigEndian.PutUint16(b, n)
		return b
	}
	tests := []struct {
		name  string
		init  bool // the handshake goes before
		bytes []byte
		want  string // part of what the peer is told
	}{
		{"1: frame size 0", true, size(0, goodCall().bytes()), "frame of 0 bytes"},
		{"1: frame size 15", true, size(15, goodCall().bytes()), "frame of 15 bytes"},
		{"1: frame size 0 at once", false, make([]byte, headerSize), "frame of 0 bytes"},
		{"2: unknown message type", true, frame(0x42, 1, nil), "unknown type"},
		{"2: checksum type 4", true, call(func(c *testCall) { c.sumType, c.sum = 4, &zero }), "checksum type"},
		{"2: checksum type 200", true, call(func(c *testCall) { c.sumType = 200 }), "checksum type"},
		{"3: no fragments", true, call(func(c *testCall) { c.args = nil }), "without arguments"},
		{"3: argument longer than the frame", true, size(uint16(len(goodCall().bytes())-1), goodCall().bytes()), "longer than its frame"},
		{"3: two arguments", true, call(func(c *testCall) { c.args = chunks("/x", "{}") }), "ends after 2"},
		{"3: seven arguments", true, call(func(c *testCall) { c.args = chunks("/x", "{}", "", "", "", "", "") }), "7 arguments"},
		{"3: continuation of nothing", true, contFrame(kindCallReqCont, 99, 0, "x"), "not open"},
		{"3: empty continuation", true, join(unfinished(1), contFrame(kindCallReqCont, 1, 0)), "without arguments"},
		{"3: answer to no call without arguments", true, resFrame(1, 0, 0), "without arguments"},
		{"4: wrong checksum", true, call(func(c *testCall) { c.sum = &zero }), "checksum"},
		{"5: init with version 1", false, initFrame(kindInitReq, 1, "host_port", "", "process_name", ""), "version 1"},
		{"5: init without headers", false, initFrame(kindInitReq, 2), "are required"},
		{"5: init with headers cut off", false, frame(kindInitReq, 1, []byte{0, 2, 0, 9, 0}), "within a field"},
		{"5: call before init", false, goodCall().bytes(), "before the handshake"},
		{"5: init twice", true, goodInit(kindInitReq), "unexpected init"},
		{"5: HTTP", false, []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "unknown type"},
		{"7: time to live 0", true, call(func(c *testCall) { c.ttl = 0 }), "time to live"},
		{"7: time to live of 49 days", true, call(func(c *testCall) { c.ttl = 1<<32 - 1 }), "time to live"},
		{"8: no service", true, call(func(c *testCall) { c.service = "" }), "service"},
		{"8: introspection of the library", true, call(func(c *testCall) {
			c.service, c.args = "tchannel", chunks("_gometa_introspect", "", `{"includeGoStacks":true}`)
		}), "not served"},
		{"same call id twice at once", true, join(unfinished(5), unfinished(5)), "begins again"},
	}
	server := newServer(t, Options{}, echo)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c net.Conn
			if tt.init {
				c = rawDial(t, server.Address())
			} else {
				c = rawConn(t, server.Address())
			}
			if _, err := c.Write(tt.bytes); err != nil {
				t.Fatal(err)
			}
			if said := awaitEnd(t, c); !strings.Contains(said, tt.want) {
				t.Errorf("the peer was told %q, want %q", said, tt.want)
			}
			checkAlive(t, server)
		})
	}
	waitUntil(t, "no call is pending", func() bool { return server.buffered.used.Load() == 0 && server.inFlight.Load() == 0 })
}

// What is an error of one call only.
func TestBadCallsAreAnswered(t *testing.T) {
	tests := []struct {
		name string
		bend func(*testCall)
		want string
	}{
		{"8: unknown service", func(c *testCall) { c.service = "other" }, `no handler for service "other"`},
		{"8: unknown scheme", func(c *testCall) { c.headers = []string{"as", "thrift"} }, `unknown arg scheme "thrift"`},
		{"9: arg2 is an array", func(c *testCall) { c.args[1] = []byte("[1]") }, errBadHeaders.Error()},
		{"9: arg2 is a string", func(c *testCall) { c.args[1] = []byte(`"x"`) }, errBadHeaders.Error()},
		{"9: arg2 is cut", func(c *testCall) { c.args[1] = []byte(`{"a":`) }, errBadHeaders.Error()},
		{"9: arg2 is two objects", func(c *testCall) { c.args[1] = []byte(`{}{}`) }, errBadHeaders.Error()},
		{"9: arg2 is long", func(c *testCall) { c.args[1] = bytes.Repeat([]byte(" "), maxHeaders+1) }, "argument of more than"},
	}
	server := newServer(t, Options{}, echo)
	c := rawDial(t, server.Address())
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bad := goodCall()
			tt.bend(&bad)
			bad.id = uint32(i)
			if _, err := c.Write(bad.bytes()); err != nil {
				t.Fatal(err)
			}
			h, payload := readFrame(t, c)
			if h.kind != kindError || h.id != bad.id || payload[0] != byte(tchannel.ErrCodeBadRequest) || !strings.Contains(string(payload), tt.want) {
				t.Errorf("answer of type %#02x to call %d: %q", h.kind, h.id, payload)
			}
			// The connection is still good.
			good := goodCall()
			good.id = uint32(100 + i)
			if _, err := c.Write(good.bytes()); err != nil {
				t.Fatal(err)
			}
			if h, _ := readFrame(t, c); h.kind != kindCallRes || h.id != good.id {
				t.Errorf("a good call was answered with type %#02x", h.kind)
			}
		})
	}
}

// An id that is used again while its call is being handled ends the connection:
// the answers could not be told apart.
func TestCallIDUsedTwice(t *testing.T) {
	started := make(chan struct{}, 2)
	server := newServer(t, Options{}, func(ctx context.Context, _ netip.AddrPort, endpoint string, body []byte) ([]byte, error) {
		if string(body) == "wait" {
			started <- struct{}{}
			<-ctx.Done()
		}
		return echo(ctx, netip.AddrPort{}, endpoint, body)
	})
	c := rawDial(t, server.Address())
	slow := call(func(c *testCall) { c.args[2] = []byte("wait") })
	if _, err := c.Write(slow); err != nil {
		t.Fatal(err)
	}
	<-started
	if _, err := c.Write(slow); err != nil {
		t.Fatal(err)
	}
	if said := awaitEnd(t, c); !strings.Contains(said, "already active") {
		t.Errorf("the peer was told %q", said)
	}
	checkAlive(t, server)
}

// A hostile server answers our call with frames that crash tchannel-go.
func TestHostileAnswersFailTheCallOnly(t *testing.T) {
	badSum := resFrame(2, 0, 0, "", "{}", "1")
	badSum[headerSize+2+tracingSize+9] = 9 // after as: json
	for name, answer := range map[string][]byte{
		"checksum type": badSum,
		"no arguments":  resFrame(2, 0, 0),
		"unknown type":  frame(0x42, 2, nil),
		"second init":   goodInit(kindInitRes),
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				c, err := l.Accept()
				if err != nil {
					return
				}
				defer c.Close()
				_, _, _ = tryReadFrame(c)
				_, _ = c.Write(goodInit(kindInitRes))
				h, _, _ := tryReadFrame(c)
				binary.BigEndian.PutUint32(answer[4:], h.id)
				_, _ = c.Write(answer)
				_, _, _ = tryReadFrame(c) // the client tells what is wrong
			}()
			client := newTransport(t, Options{})
			_, err = client.Call(withTimeout(t, await.Patience), l.Addr().String(), "/x", nil)
			if err == nil || !strings.Contains(err.Error(), "bad frame") {
				t.Errorf("got %v, want a bad frame", err)
			}
		})
	}
}

// Defect 13 of the published nodes, and why there is a guard. The test runs itself again as a process with an
// unguarded tchannel-go, sends it one frame, and sees it die.
func TestDefect13TheLibraryCrashesWithoutGuard(t *testing.T) {
	const env = "TCHAN_TEST_UNGUARDED"
	if os.Getenv(env) != "" {
		ch, err := tchannel.NewChannel("ringpop", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := ch.ListenAndServe("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		var crash []byte
		switch os.Getenv(env) {
		case "checksum type":
			zero := uint32(0)
			crash = call(func(c *testCall) { c.sumType, c.sum = 4, &zero })
		case "no arguments":
			crash = call(func(c *testCall) { c.args = nil })
		}
		c := rawDial(t, ch.PeerInfo().HostPort)
		if _, err := c.Write(crash); err != nil {
			t.Fatal(err)
		}
		awaitEnd(t, c)
		return
	}
	for _, what := range []string{"checksum type", "no arguments"} {
		t.Run(what, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestDefect13TheLibraryCrashesWithoutGuard$")
			cmd.Env = append(os.Environ(), env+"="+what)
			out, err := cmd.CombinedOutput()
			if err == nil || !bytes.Contains(out, []byte("panic:")) {
				t.Errorf("it survives (%v): is the guard still needed?\n%s", err, out)
			}
			if first, _, ok := bytes.Cut(out[max(bytes.Index(out, []byte("panic:")), 0):], []byte("\n")); ok {
				t.Logf("%s", first)
			}
		})
	}
}
