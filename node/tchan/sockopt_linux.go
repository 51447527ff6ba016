package tchan

import (
	"net"
	"syscall"
	"time"
)

// tcpUserTimeout is TCP_USER_TIMEOUT of tcp(7).
const tcpUserTimeout = 18

// setUserTimeout makes the kernel give a connection up when what was sent is not
// acknowledged for that long. Without it a connection over a broken network
// lingers for a quarter of an hour, retrying ever more slowly, and calls use it
// when the network has long been mended; a new one would work at once. It is an
// optimization, so a system that refuses it is not an error.
func setUserTimeout(c net.Conn, d time.Duration) {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(d.Milliseconds()))
	})
}
