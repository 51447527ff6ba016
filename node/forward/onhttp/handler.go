package onhttp

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/ringmend/ringmend/node/forward"
	"github.com/ringmend/ringmend/node/wire"
)

// Headers between nodes.
const (
	hopsHeader     = "Ringmend-Hops"     // of a request: how many times it was forwarded
	timeoutHeader  = "Ringmend-Timeout"  // of a request: milliseconds that are left for it
	executedHeader = "Ringmend-Executed" // of an answer that is not the handler's
	executedNo     = "no"
	executedMaybe  = "perhaps"
)

// Options say how requests are forwarded. Forwarder, Keys and Locate are required.
type Options struct {
	Forwarder *forward.Forwarder
	// Keys returns the keys of a request: mostly one. It must not read the body. Its error
	// is answered with status 400.
	Keys func(*http.Request) ([]string, error)
	// Locate returns the host:port at which a member serves HTTP; [ByLabel] makes one.
	Locate func(address string) (hostPort string, err error)
	// Idempotent reports whether executing a request twice is as good as once. Default: see
	// the package comment.
	Idempotent func(*http.Request) bool
	// Client makes the calls to other nodes; it must not follow redirects. Default: one over
	// plain HTTP.
	Client *http.Client
	// Scheme is that of the URLs of other nodes. Default: http.
	Scheme string
	// MaxBody is the longest body in bytes that is forwarded, of requests and of answers.
	// Default: 16 MiB.
	MaxBody int64
}

// handler serves what this node owns with next, and forwards the rest.
type handler struct {
	Options
	next http.Handler
}

// New returns a handler that has next handle the requests whose keys this node owns, and
// forwards all others. The error wraps [forward.ErrOptions].
func New(next http.Handler, o Options) (http.Handler, error) {
	if o.Forwarder == nil || o.Keys == nil || o.Locate == nil || o.MaxBody < 0 {
		return nil, fmt.Errorf("%w: Forwarder, Keys and Locate are required, and MaxBody is not negative", forward.ErrOptions)
	}
	if o.Idempotent == nil {
		o.Idempotent = idempotent
	}
	if o.Client == nil {
		o.Client = defaultClient()
	}
	o.Scheme = cmp.Or(o.Scheme, "http")
	o.MaxBody = cmp.Or(o.MaxBody, 16<<20)
	return &handler{o, next}, nil
}

// idempotent is what RFC 9110, 9.2.2, says of methods, and what net/http makes of keys.
func idempotent(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodTrace:
		return true
	}
	return r.Header.Get("Idempotency-Key") != ""
}

// errTooLong means that the body of a request is longer than may be forwarded.
var errTooLong = errors.New("the body is too long to be forwarded")

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	keys, err := h.Keys(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r, hops, cancel, err := received(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	defer cancel()
	if ctx := h.Forwarder.Extract(r.Context(), r.Header.Get); ctx != r.Context() {
		r = r.WithContext(ctx)
	}
	f := forwarding{handler: h, request: r, hops: hops}
	answer, err := forward.Do(r.Context(), h.Forwarder, forward.Call{Keys: keys, Idempotent: h.Idempotent(r), Hops: hops},
		func(ctx context.Context) (*answer, error) {
			h.next.ServeHTTP(w, f.local(ctx))
			return nil, nil
		}, f.send)
	var failed *forward.Error
	switch {
	case answer != nil:
		answer.write(w)
	case errors.As(err, &failed):
		refuse(w, failed)
	case errors.Is(err, errTooLong):
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadGateway)
	}
}

// refuse answers a request that got no answer.
func refuse(w http.ResponseWriter, failed *forward.Error) {
	status, executed := http.StatusServiceUnavailable, executedNo
	switch {
	case failed.MayHaveRun && errors.Is(failed, context.DeadlineExceeded):
		status, executed = http.StatusGatewayTimeout, executedMaybe
	case failed.MayHaveRun:
		status, executed = http.StatusBadGateway, executedMaybe
	}
	w.Header().Set(executedHeader, executed)
	http.Error(w, failed.Error(), status)
}

// received returns a request as its client has made it, with what another node has added
// taken out.
func received(r *http.Request) (*http.Request, int, context.CancelFunc, error) {
	text := r.Header.Get(hopsHeader)
	if text == "" {
		return r, 0, func() {}, nil
	}
	hops, err := strconv.ParseUint(text, 10, 16)
	if err != nil || hops == 0 {
		return nil, 0, nil, fmt.Errorf("bad header %s: %.20q", hopsHeader, text)
	}
	ctx, cancel := r.Context(), context.CancelFunc(func() {})
	if left, err := strconv.ParseUint(r.Header.Get(timeoutHeader), 10, 31); err == nil {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(left)*time.Millisecond)
	}
	r = r.Clone(ctx)
	r.Header.Del(hopsHeader)
	r.Header.Del(timeoutHeader)
	return r, int(hops), cancel, nil
}

// forwarding is a request that may have to be sent several times.
type forwarding struct {
	*handler
	request *http.Request
	hops    int
	body    []byte
	read    bool // body is the request's
}

// local returns the request for the handler of this node.
func (f *forwarding) local(ctx context.Context) *http.Request {
	if f.read {
		f.request.Body = io.NopCloser(bytes.NewReader(f.body))
	}
	if ctx != f.request.Context() {
		return f.request.WithContext(ctx) // it has a span
	}
	return f.request
}

// buffer reads the body of the request.
func (f *forwarding) buffer() error {
	if f.read || f.request.Body == nil {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(f.request.Body, f.MaxBody+1))
	switch {
	case err != nil:
		return fmt.Errorf("read the body: %w", err)
	case int64(len(body)) > f.MaxBody:
		return fmt.Errorf("%w: at most %d bytes are", errTooLong, f.MaxBody)
	}
	f.body, f.read = body, true
	return nil
}

// ByLabel returns a function for [Options.Locate] that takes host:port from a label of the
// member.
func ByLabel(n Members, label string) func(address string) (string, error) {
	return func(address string) (string, error) {
		m, known := n.Member(address)
		hostPort := m.Labels[label]
		if !known || hostPort == "" {
			return "", fmt.Errorf("member %s has no label %q that says where it serves", address, label)
		}
		return hostPort, nil
	}
}

// Members is what [ByLabel] needs of a node.
type Members interface {
	Member(address string) (wire.Member, bool)
}
