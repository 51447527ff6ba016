//go:build unix

package tchan

import (
	"sync"
	"syscall"
)

// tryWrite writes what the socket takes at once. The caller holds the outbox.
func (c *conn) tryWrite(b []byte) (n int, err error) {
	if c.raw == nil {
		return 0, nil
	}
	w := rawWriters.Get().(*rawWriter)
	w.b, w.n, w.err = b, 0, nil
	err = c.raw.Write(w.write)
	n, wErr := w.n, w.err
	w.b = nil
	rawWriters.Put(w)
	if err == nil {
		err = wErr
	}
	return n, err
}

// rawWriter writes to a socket without waiting, and without an allocation.
type rawWriter struct {
	b     []byte
	n     int
	err   error
	write func(fd uintptr) bool
}

var rawWriters = sync.Pool{New: func() any {
	w := new(rawWriter)
	w.write = func(fd uintptr) bool {
		for {
			n, err := writeNow(int(fd), w.b)
			switch err {
			case nil:
				w.n = n
			case syscall.EINTR:
				continue
			case syscall.EAGAIN:
			default:
				w.err = err
			}
			return true
		}
	}
	return w
}}
