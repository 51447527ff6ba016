package tchan

import (
	"fmt"
	"io"
	"sync/atomic"

	"github.com/uber/tchannel-go"
)

const (
	// maxHeaders is the longest arg2 in bytes that is read.
	maxHeaders = 16 << 10
	// freeBuffer is what each argument may have without asking, so that pings
	// are answered also when others exhaust the budget.
	freeBuffer = 4 << 10
)

// A budget is a number of bytes that all calls together may hold.
type budget struct {
	used  atomic.Int64
	limit int64
}

// A lease is what one call holds of a budget.
type lease struct {
	from *budget
	held int64
}

func (l *lease) take(n int) bool {
	if l.from.used.Add(int64(n)) > l.from.limit {
		l.from.used.Add(-int64(n))
		return false
	}
	l.held += int64(n)
	return true
}

func (l *lease) release() {
	l.from.used.Add(-l.held)
	l.held = 0
}

// readArg reads a whole argument. The buffer grows with what is received, not
// with what is announced, and each step is paid for from the lease first.
func readArg(open func() (tchannel.ArgReader, error), limit int, l *lease) ([]byte, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	var buf []byte
	for {
		if len(buf) == cap(buf) {
			grown := max(1<<10, 2*cap(buf))
			if grown > freeBuffer && !l.take(grown-cap(buf)) {
				return nil, tchannel.ErrServerBusy
			}
			buf = append(make([]byte, 0, grown), buf...)
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if len(buf) > limit {
			return nil, badRequest(fmt.Errorf("argument of more than %d bytes", limit))
		}
		if err == io.EOF {
			return buf, r.Close()
		}
		if err != nil {
			return nil, err
		}
	}
}
