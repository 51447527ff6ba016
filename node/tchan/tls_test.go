package tchan_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/certtest"
	"github.com/ringmend/ringmend/node/certs"
	"github.com/ringmend/ringmend/node/tchan"
)

// peer is a transport that answers.
type peer struct {
	*tchan.Transport
	log *await.Buffer
}

func newPeer(t *testing.T, o tchan.Options) *peer {
	t.Helper()
	p := &peer{log: new(await.Buffer)}
	o.Logger = slog.New(slog.NewTextHandler(p.log, nil))
	var err error
	if p.Transport, err = tchan.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	answer := func(_ context.Context, _ netip.AddrPort, endpoint string, body []byte) ([]byte, error) {
		return append([]byte(endpoint+" "), body...), nil
	}
	if err := p.Listen("127.0.0.1:0", answer); err != nil {
		t.Fatal(err)
	}
	return p
}

func inMode(t *testing.T, a *certtest.Authority, mode tchan.TLSMode, hosts ...string) tchan.Options {
	t.Helper()
	f := a.Files(hosts...)
	store, err := certs.Open(certs.Files{Cert: f.Cert, Key: f.Key, CA: f.CA})
	if err != nil {
		t.Fatal(err)
	}
	return tchan.Options{TLS: store.TLS(mode)}
}

// calls makes a call with a body of several frames.
func (p *peer) calls(to string) error {
	ctx, cancel := context.WithTimeout(context.Background(), await.Patience)
	defer cancel()
	body := bytes.Repeat([]byte("0123456789"), 20_000)
	answer, err := p.Call(ctx, to, "/echo", body)
	if err == nil && !bytes.Equal(answer, append([]byte("/echo "), body...)) {
		return fmt.Errorf("an answer of %d bytes", len(answer))
	}
	return err
}

// Which node can call which, in each pair of modes: all that a cluster goes through while
// it changes over from plain connections to TLS.
func TestModesOfTLS(t *testing.T) {
	a := certtest.New(t)
	modes := []tchan.TLSMode{tchan.TLSOff, tchan.TLSAccept, tchan.TLSRequire}
	for _, from := range modes {
		for _, to := range modes {
			t.Run(fmt.Sprintf("%v to %v", from, to), func(t *testing.T) {
				t.Parallel()
				caller := newPeer(t, inMode(t, a, from, "127.0.0.1"))
				callee := newPeer(t, inMode(t, a, to, "127.0.0.1"))
				err := caller.calls(callee.Address())
				apart := slices.Contains([]tchan.TLSMode{from, to}, tchan.TLSOff) && slices.Contains([]tchan.TLSMode{from, to}, tchan.TLSRequire)
				if apart != (err != nil) {
					t.Errorf("%v\ncallee: %s", err, callee.log)
				}
			})
		}
	}
}

// The log of who refuses says what is wrong.
func TestRefusalsOfTLSAreSaid(t *testing.T) {
	a := certtest.New(t)
	for name, test := range map[string]struct {
		from, to tchan.Options
		said     string
	}{
		"plain to TLS":      {tchan.Options{}, inMode(t, a, tchan.TLSRequire, "127.0.0.1"), "this node requires TLS"},
		"TLS to plain":      {inMode(t, a, tchan.TLSRequire, "127.0.0.1"), tchan.Options{}, "the peer speaks TLS, and this node does not"},
		"another authority": {inMode(t, certtest.New(t), tchan.TLSRequire, "127.0.0.1"), inMode(t, a, tchan.TLSRequire, "127.0.0.1"), "TLS has failed"},
	} {
		t.Run(name, func(t *testing.T) {
			caller, callee := newPeer(t, test.from), newPeer(t, test.to)
			if err := caller.calls(callee.Address()); err == nil {
				t.Error("the call goes through")
			}
			await.Until(t, await.Patience, func() string {
				if !strings.Contains(callee.log.String(), test.said) {
					return callee.log.String()
				}
				return ""
			})
		})
	}
}

// A caller refuses a certificate for another address, whatever the mode of the
// callee; in mode accept the connection is plain then, and the log says why.
func TestCertificatesAreForAddresses(t *testing.T) {
	a := certtest.New(t)
	callee := newPeer(t, inMode(t, a, tchan.TLSAccept, "10.0.0.9"))
	strict := newPeer(t, inMode(t, a, tchan.TLSRequire, "127.0.0.1"))
	if err := strict.calls(callee.Address()); err == nil || !strings.Contains(err.Error(), "10.0.0.9") {
		t.Errorf("another name: %v", err)
	}
	lenient := newPeer(t, inMode(t, a, tchan.TLSAccept, "127.0.0.1"))
	if err := lenient.calls(callee.Address()); err != nil || !strings.Contains(lenient.log.String(), "a connection is plain, because TLS has failed") {
		t.Errorf("%v, and the log:\n%s", err, lenient.log)
	}
}

// The published nodes know no TLS, and wait for the rest of a frame that begins with it.
// A node in mode accept talks to them all the same, and they to it.
func TestTLSAcceptedWithALibraryThatDoesNotKnowIt(t *testing.T) {
	a := certtest.New(t)
	node := newPeer(t, inMode(t, a, tchan.TLSAccept, "127.0.0.1"))
	old, err := tchannel.NewChannel("ringpop", &tchannel.ChannelOptions{Logger: tchannel.NullLogger})
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	old.Register(tchannel.HandlerFunc(func(ctx context.Context, call *tchannel.InboundCall) {
		var arg2, arg3 []byte
		tchannel.NewArgReader(call.Arg2Reader()).Read(&arg2)
		tchannel.NewArgReader(call.Arg3Reader()).Read(&arg3)
		tchannel.NewArgWriter(call.Response().Arg2Writer()).Write(arg2)
		tchannel.NewArgWriter(call.Response().Arg3Writer()).Write(append([]byte("/echo "), arg3...))
	}), "/echo")
	if err := old.ListenAndServe("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if err := node.calls(old.PeerInfo().HostPort); err != nil {
		t.Errorf("to the library: %v", err)
	}
	ctx, cancel := tchannel.NewContext(await.Patience)
	defer cancel()
	if err := old.Ping(ctx, node.Address()); err != nil {
		t.Errorf("from the library: %v", err)
	}
}

// Peers that begin a handshake and do not end it lose their connection in time, and hold
// up no other peer.
func TestSilentPeersOfTLS(t *testing.T) {
	a := certtest.New(t)
	o := inMode(t, a, tchan.TLSAccept, "127.0.0.1")
	o.HandshakeTimeout = time.Second
	server := newPeer(t, o)
	var silent []net.Conn
	for _, begin := range []string{"", "\x16", "\x16\x03\x01", "\x16\x03\x01\x02\x00\x01", "\x00\x40"} {
		conn, err := net.Dial("tcp", server.Address())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte(begin)); err != nil {
			t.Fatal(err)
		}
		silent = append(silent, conn)
	}
	client := newPeer(t, inMode(t, a, tchan.TLSRequire, "127.0.0.1"))
	if err := client.calls(server.Address()); err != nil {
		t.Errorf("a good call: %v", err)
	}
	for i, conn := range silent {
		conn.SetReadDeadline(time.Now().Add(await.Patience))
		for {
			if _, err := conn.Read(make([]byte, 1024)); err != nil {
				if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
					t.Errorf("connection %d stays", i)
				}
				break
			}
		}
	}
}

// Nonsense after a good beginning of TLS ends the connection.
func TestNonsenseForTLS(t *testing.T) {
	a := certtest.New(t)
	server := newPeer(t, inMode(t, a, tchan.TLSRequire, "127.0.0.1"))
	for _, nonsense := range []string{
		"\x16\x03\x01\x00\x05hello", "\x16\x03\x03\xff\xff" + strings.Repeat("x", 70_000),
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x00\x00\x00\x00\x00\x00\x00", strings.Repeat("\x16\x03", 9000),
	} {
		conn, err := net.Dial("tcp", server.Address())
		if err != nil {
			t.Fatal(err)
		}
		conn.Write([]byte(nonsense))
		conn.SetReadDeadline(time.Now().Add(await.Patience))
		for err = nil; err == nil; {
			_, err = conn.Read(make([]byte, 1024))
		}
		if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
			t.Errorf("%.20q: the connection stays", nonsense)
		}
		conn.Close()
	}
	client := newPeer(t, inMode(t, a, tchan.TLSRequire, "127.0.0.1"))
	if err := client.calls(server.Address()); err != nil {
		t.Errorf("a good call: %v", err)
	}
}

func TestNetworksThatAreAllowed(t *testing.T) {
	for networks, allowed := range map[string]bool{"127.0.0.0/8": true, "10.0.0.0/8": false, "": true} {
		var o tchan.Options
		if networks != "" {
			o.AcceptFrom = []netip.Prefix{netip.MustParsePrefix(networks)}
		}
		server, client := newPeer(t, o), newPeer(t, tchan.Options{})
		if err := client.calls(server.Address()); (err == nil) != allowed {
			t.Errorf("from 127.0.0.1, %q allowed: %v", networks, err)
		}
		if allowed == strings.Contains(server.log.String(), "not allowed") {
			t.Errorf("%q: the log says:\n%s", networks, server.log)
		}
	}
}

func TestParseTLSMode(t *testing.T) {
	for _, mode := range []tchan.TLSMode{tchan.TLSOff, tchan.TLSAccept, tchan.TLSRequire} {
		if got, err := tchan.ParseTLSMode(mode.String()); got != mode || err != nil {
			t.Errorf("%v: %v, %v", mode, got, err)
		}
	}
	if _, err := tchan.ParseTLSMode("on"); err == nil {
		t.Error("any mode is taken")
	}
}
