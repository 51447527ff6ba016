package ontchannel

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/node/forward"
	"github.com/ringmend/ringmend/node/wire"
)

// Options say how a [Service] behaves. A field that is zero has the default that its
// comment names.
type Options struct {
	// Service is the name under which endpoints are registered and called. Default: that of
	// the channel.
	Service string
	// MaxBody is the longest body in bytes of requests and answers. Default: [wire.MaxBody].
	MaxBody int
}

// Service is the endpoints of an application that are forwarded.
type Service struct {
	forwarder *forward.Forwarder
	channel   *tchannel.Channel
	peers     *tchannel.PeerList
	opts      Options
}

// Request is a call of an endpoint, as it was first made.
type Request struct {
	Endpoint string
	Format   tchannel.Format
	Headers  map[string]string
	Body     []byte

	hops    int
	options *tchannel.CallOptions // of the call that it came by
	decoded any                   // by JSON: the body
}

// Response is the answer of an endpoint.
type Response struct {
	Headers map[string]string
	Body    []byte
	// ApplicationError marks a body that describes an error, in the format of the request.
	ApplicationError bool
}

// Endpoint says how the calls of one endpoint are handled.
type Endpoint struct {
	// Keys returns the keys of a request: mostly one. With an error the request is refused,
	// because it cannot be understood.
	Keys func(*Request) ([]string, error)
	// Idempotent says that executing a request twice is as good as once; see package forward.
	Idempotent bool
	// Handle answers a request whose keys this node owns. An error becomes an application
	// error with its text, {"type":"error","message":"..."}; for a Thrift call, which has no
	// application errors of this kind, the system error "unexpected". The context has the caller's deadline.
	Handle func(ctx context.Context, r *Request) (*Response, error)
}

// New returns a service without endpoints. The channel stays the caller's.
func New(channel *tchannel.Channel, f *forward.Forwarder, o Options) (*Service, error) {
	if o.MaxBody < 0 {
		return nil, fmt.Errorf("%w: MaxBody is negative: %d", forward.ErrOptions, o.MaxBody)
	}
	o.Service = cmp.Or(o.Service, channel.ServiceName())
	o.MaxBody = cmp.Or(o.MaxBody, wire.MaxBody)
	// Calls do not use this name. The subchannel only provides a list of peers apart from
	// the one that the application picks from.
	peers := channel.GetSubChannel(o.Service+"#forwarded", tchannel.Isolated).Peers()
	return &Service{forwarder: f, channel: channel, peers: peers, opts: o}, nil
}

// Register adds an endpoint, under which the node handles calls or forwards them.
func (s *Service) Register(name string, e Endpoint) {
	s.channel.GetSubChannel(s.opts.Service).Register(s.Handler(e), name)
}

// Handler returns what Register registers, for a subchannel of the caller's.
func (s *Service) Handler(e Endpoint) tchannel.Handler {
	return tchannel.HandlerFunc(func(ctx context.Context, call *tchannel.InboundCall) { s.serve(ctx, call, &e) })
}

// Close drops the peers that were called. The endpoints go on answering until the channel
// is closed.
func (s *Service) Close() {
	for address := range s.peers.Copy() {
		_ = s.peers.Remove(address) // it is gone, or gone already
	}
}

// Do handles a request of this node's own, or forwards it. The error is a [*forward.Error],
// or what Handle returns if this node is the owner, or a [tchannel.SystemError] of the
// owner's that is an answer: of a request that makes no sense to it, say.
func (s *Service) Do(ctx context.Context, e *Endpoint, r *Request) (*Response, error) {
	keys, err := e.Keys(r)
	if err != nil {
		return nil, badRequest(err)
	}
	call := forward.Call{Keys: keys, Idempotent: e.Idempotent, Hops: r.hops}
	return forward.Do(ctx, s.forwarder, call,
		func(ctx context.Context) (*Response, error) { return handle(ctx, e, r) },
		func(ctx context.Context, address string) (*Response, error) { return s.send(ctx, address, r) })
}

// handled is an error of a handler, which may be of any type: one of package forward's would
// be taken for a refusal of this request.
type handled struct{ error }

func (h handled) Unwrap() error { return h.error }

func handle(ctx context.Context, e *Endpoint, r *Request) (*Response, error) {
	response, err := e.Handle(ctx, r)
	switch {
	case err != nil:
		return nil, handled{err}
	case response == nil:
		return new(Response), nil
	}
	return response, nil
}

// serve answers a call from outside.
func (s *Service) serve(ctx context.Context, call *tchannel.InboundCall, e *Endpoint) {
	r, err := s.read(call)
	if err != nil {
		_ = call.Response().SendSystemError(err)
		return
	}
	ctx = tchannel.ExtractInboundSpan(ctx, call, r.Headers, s.channel.Tracer())
	ctx = s.forwarder.Extract(ctx, func(key string) string { return r.Headers[key] })
	response, err := s.Do(ctx, e, r)
	if its := (handled{}); errors.As(err, &its) {
		if r.Format == tchannel.Thrift {
			err = tchannel.NewWrappedSystemError(tchannel.ErrCodeUnexpected, its.error)
		} else {
			response, err = errorResponse(its.error)
		}
	}
	if err != nil {
		_ = call.Response().SendSystemError(systemError(err))
		return
	}
	// When it cannot be sent, the caller is gone, which the library knows.
	_ = s.answer(call, response)
}

// systemError returns the system error that reports the error of a request to its caller.
func systemError(err error) error {
	var failed *forward.Error
	switch {
	case !errors.As(err, &failed):
		return err
	case failed.MayHaveRun && errors.Is(err, context.DeadlineExceeded):
		return tchannel.NewWrappedSystemError(tchannel.ErrCodeTimeout, err)
	case failed.MayHaveRun:
		return tchannel.NewWrappedSystemError(tchannel.ErrCodeNetwork, err)
	}
	return tchannel.NewWrappedSystemError(tchannel.ErrCodeDeclined, err)
}
