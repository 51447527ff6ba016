package tchan

import (
	"syscall"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
)

func TestTheKernelGivesUpBrokenConnections(t *testing.T) {
	server := newServer(t, Options{FrameTimeout: 7 * time.Second}, echo)
	client := newTransport(t, Options{FrameTimeout: 8 * time.Second, AckTimeout: time.Second})
	if _, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/x", nil); err != nil {
		t.Fatal(err)
	}
	for tr, want := range map[*Transport]int{server: 7000, client: 1000} {
		eachConn(tr, func(c *conn) {
			var got int
			var err error
			if controlErr := c.raw.Control(func(fd uintptr) {
				got, err = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout)
			}); controlErr != nil || err != nil {
				t.Fatal(controlErr, err)
			}
			if got != want {
				t.Errorf("TCP_USER_TIMEOUT is %d ms, want %d", got, want)
			}
		})
	}
}
