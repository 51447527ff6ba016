package tchan

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

const (
	// maxHeaders is the longest arg2 in bytes that is read.
	maxHeaders = 16 << 10
	// freeBuffer is how many bytes of each argument do not count against the budget.
	// Pings are therefore answered even when other calls exhaust it.
	freeBuffer = 4 << 10
)

var (
	errBadHeaders = errors.New("arg2 is not a JSON object")
	errBusy       = &SystemError{CodeBusy, "server busy"}
)

func badRequest(format string, args ...any) *SystemError {
	return &SystemError{CodeBadRequest, fmt.Sprintf(format, args...)}
}

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

// request is a call of the peer's.
type request struct {
	id       uint32
	scheme   string // of the arguments: json, raw, or nothing
	sumType  byte
	deadline time.Time
	lease    lease

	arg  int // 1 to 3: in which argument it stands
	args [3][]byte
}

// request takes in the first frame of a call of the peer's.
func (c *conn) request(id uint32, f callReqFrame) error {
	if c.active(id) {
		return badFrame("call %d is already active", id)
	}
	scheme, refusal := c.t.serves(&f)
	if refusal != nil {
		c.refuseCall(id, refusal)
		return nil
	}
	r := &request{id: id, scheme: scheme, sumType: byte(f.sumType), lease: lease{from: &c.t.buffered}}
	r.deadline = time.Now().Add(f.ttl)
	c.more(r, &f.fragment)
	return nil
}

// serves checks whom a call is for. Calls can come before Listen, over connections that
// we made.
func (t *Transport) serves(f *callReqFrame) (scheme string, refusal *SystemError) {
	if t.handler.Load() == nil || string(f.service) != t.opts.Service {
		return "", badRequest("no handler for service %q", f.service)
	}
	switch string(f.scheme) {
	case "json":
		return "json", nil
	case "raw", "":
		return "raw", nil
	}
	return "", badRequest("unknown arg scheme %q", f.scheme)
}

// requestContinues takes in a further frame of a call. Those of calls that were refused
// already are passed over.
func (c *conn) requestContinues(id uint32, f fragment) {
	c.mu.Lock()
	i := slices.IndexFunc(c.arriving, func(r *request) bool { return r.id == id })
	if i < 0 {
		c.mu.Unlock()
		return
	}
	r := c.arriving[i]
	c.arriving = slices.Delete(c.arriving, i, i+1)
	c.mu.Unlock()
	c.more(r, &f)
}

// more adds a frame to a call, and handles the call when it is whole. No other call has
// taken its id meanwhile: the checker lets none begin before this one ends.
func (c *conn) more(r *request, f *fragment) {
	refusal := r.add(f, c.t.opts.MaxBody)
	if refusal == nil && !f.more && !validHeaders(r.args[1]) {
		refusal = badRequest("%v", errBadHeaders)
	}
	switch {
	case refusal != nil:
		r.lease.release()
		c.refuseCall(r.id, refusal)
	case f.more:
		c.keepArriving(r)
	case !c.beginServing(r.id):
		r.lease.release()
		c.refuseCall(r.id, errBusy)
	case !c.t.start():
		r.lease.release()
		c.answering(r.id)
		c.endServing()
	case c.promptly(r):
		c.serve(r, false)
	default:
		go c.serve(r, true)
	}
}

// keepArriving keeps a call until its next frame. How many there may be is bounded by
// the checker.
func (c *conn) keepArriving(r *request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		r.lease.release()
		return
	}
	c.arriving = append(c.arriving, r)
}

// forgetArriving drops a call that the peer gave up while it was sending it.
func (c *conn) forgetArriving(id uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.arriving = slices.DeleteFunc(c.arriving, func(r *request) bool {
		if r.id == id {
			r.lease.release()
		}
		return r.id == id
	})
}

// dropArriving drops all of them: the connection is closed.
func (c *conn) dropArriving() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.arriving {
		r.lease.release()
	}
	c.arriving = nil
}

// add adds the chunks of a frame to the arguments.
func (r *request) add(f *fragment, maxBody int) *SystemError {
	alone := r.arg == 0 && !f.more
	for first := true; ; first = false {
		chunk, ok := f.next()
		if !ok {
			return nil
		}
		if !first || r.arg == 0 {
			r.arg++
		}
		limit := maxEndpoint // checked before
		switch r.arg {
		case 2:
			limit = maxHeaders
		case 3:
			limit = maxBody
		}
		if refusal := r.extend(&r.args[r.arg-1], chunk, limit, alone); refusal != nil {
			return refusal
		}
	}
}

// extend adds a chunk to an argument. The buffer grows with what is received, not with
// what is announced, and each step is paid for from the lease first.
func (r *request) extend(arg *[]byte, chunk []byte, limit int, alone bool) *SystemError {
	if len(*arg)+len(chunk) > limit {
		return badRequest("argument of more than %d bytes", limit)
	}
	if r.arg == 2 && string(chunk) == noHeaders {
		*arg = emptyHeaders // as in nearly all calls
		return nil
	}
	if need := len(*arg) + len(chunk); need > cap(*arg) {
		grown := need
		if !alone {
			grown = max(need, 2*cap(*arg), 1<<10)
		}
		if grown > freeBuffer && !r.lease.take(grown-cap(*arg)) {
			return errBusy
		}
		*arg = append(make([]byte, 0, grown), *arg...)
	}
	*arg = append(*arg, chunk...)
	return nil
}

const noHeaders = "{}"

// emptyHeaders is an arg2 that is not written to: it has no room.
var emptyHeaders = []byte(noHeaders)[:2:2]

// validHeaders says whether arg2 is what JSON peers send: an object, null or
// nothing. The headers themselves mean nothing to Ringpop.
func validHeaders(arg2 []byte) bool {
	switch string(bytes.TrimSpace(arg2)) {
	case "", noHeaders, "null":
		return true
	default:
		var object map[string]any
		return wire.Unmarshal(arg2, &object) == nil
	}
}

// refuseCall answers a call that never reached the handler.
func (c *conn) refuseCall(id uint32, reason *SystemError) {
	c.t.opts.Logger.Debug("call refused", "from", c.from, "reason", reason.Message)
	c.post(errorFrame(id, reason.Code, reason.Message))
}
