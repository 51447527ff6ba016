package vector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// fake is a member that the runner plays.
type fake struct {
	session *session
	name    string // as vectors write it, without the "$"
	address string
	inc     int64

	mu        sync.Mutex
	transport *tchan.Transport     // nil while the fake does not listen
	resumed   chan struct{}        // not nil while suspended; closed by resume
	responses map[string]*response // by endpoint; others are answered sensibly
}

// response is what a fake does with calls of an endpoint.
type response struct {
	body    Value
	err     string
	silence bool
	after   time.Duration
	left    int // calls that are answered so; below 0 for all
}

// listen makes the fake reachable.
func (f *fake) listen() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.transport != nil {
		return fmt.Errorf("$%s listens already", f.name)
	}
	// Vectors send bodies that are too long for a node on purpose.
	t, err := tchan.New(tchan.Options{MaxBody: 64 << 20})
	if err != nil {
		return fmt.Errorf("fake $%s: %w", f.name, err)
	}
	// A socket that was closed may live on for a moment, in a process that is
	// just being started.
	ctx, cancel := context.WithTimeout(f.session.ctx, 2*time.Second)
	defer cancel()
	err = poll(ctx, 10*time.Millisecond, func() error { return t.Listen(f.address, f.handle) })
	if err != nil {
		return errors.Join(fmt.Errorf("fake $%s: %w", f.name, err), t.Close())
	}
	f.transport = t
	return nil
}

// close makes the fake unreachable: connections break and new ones are refused.
func (f *fake) close() error {
	f.mu.Lock()
	t := f.transport
	f.transport = nil
	f.mu.Unlock()
	if t == nil {
		return nil
	}
	return t.Close()
}

// suspend makes the fake silent, as a stopped process is.
func (f *fake) suspend() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.resumed != nil {
		return fmt.Errorf("$%s is suspended already", f.name)
	}
	f.resumed = make(chan struct{})
	return nil
}

func (f *fake) resume() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.resumed == nil {
		return fmt.Errorf("$%s is not suspended", f.name)
	}
	close(f.resumed)
	f.resumed = nil
	return nil
}

// respond sets what calls of an endpoint get from now on; nil for a sensible
// answer.
func (f *fake) respond(endpoint string, r *response) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.responses, endpoint)
	if r != nil {
		f.responses[endpoint] = r
	}
}

// next returns what to do with a call.
func (f *fake) next(endpoint string) (response, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, ok := f.responses[endpoint]
	if !ok {
		return response{}, f.resumed
	}
	if r.left > 0 {
		if r.left--; r.left == 0 {
			delete(f.responses, endpoint)
		}
	}
	return *r, f.resumed
}

var errSilent = errors.New("the fake does not answer")

// handle answers a call of the node.
func (f *fake) handle(ctx context.Context, _ netip.AddrPort, endpoint string, raw []byte) ([]byte, error) {
	request := f.session.received(f, endpoint, raw)
	r, resumed := f.next(endpoint)
	if resumed != nil {
		select {
		case <-resumed:
		case <-ctx.Done():
			return nil, errSilent
		}
	}
	if r.after > 0 {
		select {
		case <-time.After(r.after):
		case <-ctx.Done():
			return nil, errSilent
		}
	}
	switch {
	case r.silence:
		<-ctx.Done()
		return nil, errSilent
	case r.err != "":
		return nil, errors.New(r.err)
	}
	return f.answer(endpoint, r.body, request)
}

func (f *fake) answer(endpoint string, body Value, request any) ([]byte, error) {
	switch endpoint {
	case wire.EndpointJoin, wire.EndpointPing, wire.EndpointPingReq:
	default:
		return nil, fmt.Errorf("no such endpoint: %s", endpoint)
	}
	filled, err := f.session.fillAnswer(endpoint, clone(body.V), f, request)
	if err != nil {
		return nil, err
	}
	return json.Marshal(filled)
}

// call sends a request to the node in the name of the fake.
func (f *fake) call(ctx context.Context, endpoint string, body []byte) ([]byte, error) {
	f.mu.Lock()
	t := f.transport
	f.mu.Unlock()
	if t == nil {
		return nil, fmt.Errorf("$%s does not listen, so it cannot call either", f.name)
	}
	return t.Call(ctx, f.session.sut.address, endpoint, body)
}

// clone copies a JSON value before it is filled in.
func clone(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = clone(v[i])
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for key := range v {
			object[key] = clone(v[key])
		}
		return object
	}
	return v
}
