package forward

import "context"

// Tracer records what becomes of requests, and takes the trace of a caller along to the node
// that handles its request. Its methods may be called concurrently. The module otelringmend
// has one for OpenTelemetry.
type Tracer interface {
	// Start begins a span below that of the context. It returns a context with the span, and
	// what ends it: with the error of what was done, or nil.
	Start(ctx context.Context, s Span) (context.Context, func(error))
	// Inject calls set for each header that a request with the context must have.
	Inject(ctx context.Context, set func(key, value string))
	// Extract returns a context with the trace that the headers of a request are part of. get
	// returns the value of a header, or an empty text.
	Extract(ctx context.Context, get func(key string) string) context.Context
}

// Span is what a [Tracer] records: a request at one node, or an attempt to forward it.
type Span struct {
	// Keys are those of the request.
	Keys []string
	// Hops is how many times it was forwarded before.
	Hops int
	// Attempt is the number of the attempt, from 1 on; 0 for the request as a whole, which
	// may be handled here.
	Attempt int
	// To is where an attempt goes to.
	To string
}

// start begins a span, if there is a tracer.
func (f *Forwarder) start(ctx context.Context, s Span) (context.Context, func(error)) {
	if f.opts.Tracer == nil {
		return ctx, func(error) {}
	}
	return f.opts.Tracer.Start(ctx, s)
}

// Inject has the tracer set the headers of a request that is sent. Transports call it.
func (f *Forwarder) Inject(ctx context.Context, set func(key, value string)) {
	if f.opts.Tracer != nil {
		f.opts.Tracer.Inject(ctx, set)
	}
}

// Extract returns a context with the trace of a request that came. Transports call it.
func (f *Forwarder) Extract(ctx context.Context, get func(key string) string) context.Context {
	if f.opts.Tracer == nil {
		return ctx
	}
	return f.opts.Tracer.Extract(ctx, get)
}
