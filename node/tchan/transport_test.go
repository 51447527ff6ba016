package tchan

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"github.com/ringmend/ringmend/internal/await"
)

// Defect 12 of the published nodes: a peer object is kept for every address ever
// heard of.
func TestDefect12DeadAddressesAreNotRemembered(t *testing.T) {
	client := newTransport(t, Options{})
	for i := range 1000 {
		// Port 1 is privileged and free; each address is another one.
		address := fmt.Sprintf("127.9.%d.%d:1", i/250, i%250+1)
		if _, err := client.Call(withTimeout(t, await.Patience), address, "/x", nil); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatalf("call to a dead address: %v", err)
		}
	}
	if n := client.peers.len(); n != 0 {
		t.Errorf("%d peers are remembered", n)
	}
}

func TestPeersGoWithTheirConnections(t *testing.T) {
	client := newTransport(t, Options{})
	for range 20 {
		server := newServer(t, Options{}, echo)
		if _, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/x", nil); err != nil {
			t.Fatal(err)
		}
		server.Close()
	}
	waitUntil(t, "all peers are forgotten, and no connection is open", func() bool {
		return client.peers.len() == 0 && openConns(client) == 0
	})
}

func TestOutgoingConnectionsHaveTheGivenAddress(t *testing.T) {
	from := make(chan netip.AddrPort, 1)
	server := newServer(t, Options{}, func(_ context.Context, caller netip.AddrPort, _ string, _ []byte) ([]byte, error) {
		from <- caller
		return nil, nil
	})
	local := netip.MustParseAddr("127.0.0.77")
	client := newTransport(t, Options{DialFrom: local})
	if _, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/x", nil); err != nil {
		t.Fatal(err)
	}
	if got := <-from; got.Addr() != local {
		t.Errorf("the call came from %v, want %v", got, local)
	}
}

func TestListenRefuses(t *testing.T) {
	first := newServer(t, Options{}, echo)
	for name, address := range map[string]string{
		"a port in use": first.Address(), "nonsense": "nonsense", "no such address": "192.0.2.1:0",
	} {
		tr := newTransport(t, Options{})
		if err := tr.Listen(address, echo); err == nil {
			t.Errorf("listening on %s succeeds", name)
		}
		if got := tr.Address(); got != "" {
			t.Errorf("after listening failed the address is %q", got)
		}
		// The transport is still good.
		if err := tr.Listen("127.0.0.1:0", echo); err != nil {
			t.Errorf("listening after a failure: %v", err)
		}
	}
	if err := first.Listen("127.0.0.1:0", echo); err == nil {
		t.Error("listening twice succeeds")
	}
}

func TestNewRefusesNonsense(t *testing.T) {
	for _, o := range []Options{
		{MaxBody: -1}, {MaxInFlight: -1}, {IdleTimeout: -1}, {MaxCallees: -1},
		{Service: strings.Repeat("x", 256)}, {Caller: strings.Repeat("x", 256)},
	} {
		if tr, err := New(o); err == nil {
			tr.Close()
			t.Errorf("New accepts %+v", o)
		}
	}
}

func TestCloseEndsEverything(t *testing.T) {
	started := make(chan struct{})
	server, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Listen("127.0.0.1:0", func(ctx context.Context, _ netip.AddrPort, _ string, _ []byte) ([]byte, error) {
		close(started)
		<-ctx.Done()
		return nil, ctx.Err()
	}); err != nil {
		t.Fatal(err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()

	client, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	rawConn(t, server.Address()) // never introduces itself
	ended := make(chan error, 2)
	for _, address := range []string{server.Address(), silent.Addr().String()} {
		go func() {
			_, err := client.Call(withTimeout(t, await.Patience), address, "/x", nil)
			ended <- err
		}()
	}
	<-started
	for range 2 {
		if err := client.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	for range 2 {
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("pending call at close: %v", err)
		}
	}
	if _, err := client.Call(context.Background(), server.Address(), "/x", nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("call after close: %v", err)
	}
	if err := client.Listen("127.0.0.1:0", echo); !errors.Is(err, net.ErrClosed) {
		t.Errorf("listen after close: %v", err)
	}
	if err := server.Close(); err != nil { // waits for the handler, whose context ends
		t.Errorf("close: %v", err)
	}
	if n := openConns(server); n != 0 {
		t.Errorf("%d connections are open after close", n)
	}
}
