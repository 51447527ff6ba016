package watch_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ringmend/ringmend/guard/watch"
)

// swallowing returns a dialer whose first connections wait as those do whose packets are
// swallowed, until they are given up.
func swallowing(first int32) (d *watch.Dialer, attempts *atomic.Int32) {
	attempts = new(atomic.Int32)
	d = new(watch.Dialer)
	d.ControlContext = func(ctx context.Context, _, _ string, _ syscall.RawConn) error {
		if attempts.Add(1) > first {
			return nil
		}
		<-ctx.Done()
		return ctx.Err()
	}
	return d, attempts
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestAConnectionIsBegunAnewWhenPacketsAreSwallowed(t *testing.T) {
	l := listen(t)
	d, attempts := swallowing(2)
	conn, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if n := attempts.Load(); n != 3 {
		t.Errorf("connected by attempt %d", n)
	}
}

func TestARefusedConnectionIsNotTriedAgain(t *testing.T) {
	l := listen(t)
	l.Close()
	d, attempts := swallowing(0)
	if _, err := d.DialContext(t.Context(), "tcp", l.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) || attempts.Load() != 1 {
		t.Errorf("%d attempts, %v", attempts.Load(), err)
	}
	// Nor when only a later one is told so.
	d, attempts = swallowing(1)
	if _, err := d.DialContext(t.Context(), "tcp", l.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) || attempts.Load() != 2 {
		t.Errorf("%d attempts, %v", attempts.Load(), err)
	}
}

func TestADialEndsWithItsContext(t *testing.T) {
	d, _ := swallowing(1_000)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := d.DialContext(ctx, "tcp", "127.0.0.1:1"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}
