package watch

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"
)

// Dialer makes TCP connections. If a connection's first packet is swallowed, the kernel
// sends it again after 1 s, 3 s and 7 s: when the network comes back, that is late. A
// Dialer begins another connection beside the first one each 250 ms, and returns the one
// that is there first.
type Dialer struct{ net.Dialer }

// redial is after how long another connection is begun. The first one is waited for all
// the same: there are networks on which it takes as long.
const redial = 250 * time.Millisecond

// dialled is how an attempt went.
type dialled struct {
	conn  net.Conn
	err   error
	first bool // its error counts
}

// DialContext makes a connection.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	results := make(chan dialled)
	attempts := 0
	attempt := func(ctx context.Context, stop func(), first bool) {
		attempts++
		go func() {
			defer stop()
			conn, err := d.Dialer.DialContext(ctx, network, address)
			results <- dialled{conn, err, first}
		}()
	}
	defer func() { // those that come too late are closed
		cancel()
		go func(left int) {
			for range left {
				if r := <-results; r.conn != nil {
					r.conn.Close()
				}
			}
		}(attempts)
	}()
	attempt(ctx, func() {}, true)
	again := time.NewTicker(redial)
	defer again.Stop()
	for {
		select {
		case r := <-results:
			attempts--
			if r.err == nil || r.first || errors.Is(r.err, syscall.ECONNREFUSED) {
				return r.conn, r.err
			}
		case <-again.C:
			within, stop := context.WithTimeout(ctx, redial)
			attempt(within, stop, false)
		}
	}
}
