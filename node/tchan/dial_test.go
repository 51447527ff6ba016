package tchan

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
)

// A caller that gives up while the peer is slow to introduce itself leaves the connection to
// the next call. On a busy machine none would ever be ready otherwise.
func TestAConnectionThatIsReachedIsKept(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	accepted := make(chan net.Conn, 10)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- c
		}
	}()
	client := newTransport(t, Options{})
	ctx, giveUp := context.WithCancel(context.Background())
	called := make(chan error, 1)
	address := listener.Addr().String()
	go func() {
		_, err := client.Call(ctx, address, "/first", nil)
		called <- err
	}()
	peer := <-accepted
	defer peer.Close()
	_ = peer.SetDeadline(time.Now().Add(await.Patience))
	readFrame(t, peer) // its handshake
	giveUp()
	if err := <-called; err == nil {
		t.Fatal("the first call has succeeded")
	}
	go func() {
		_, err := client.Call(withTimeout(t, time.Minute), address, "/second", nil)
		called <- err
	}()
	if _, err := peer.Write(initFrame(kindInitRes, 2, "host_port", address, "process_name", "peer")); err != nil {
		t.Fatal(err)
	}
	h, _ := readFrame(t, peer)
	if h.kind != kindCallReq {
		t.Fatalf("the second call sends a frame of kind %#02x", h.kind)
	}
	if _, err := peer.Write(resFrame(h.id, 0, 0, "", "{}", "")); err != nil {
		t.Fatal(err)
	}
	if err := <-called; err != nil {
		t.Errorf("the second call: %v", err)
	}
	if n := len(accepted); n > 0 {
		t.Errorf("there are %d more connections", n)
	}
}
