package otelringmend

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/ringmend/ringmend/node/forward"
)

// scope names the spans of this package.
const scope = "github.com/ringmend/ringmend/otelringmend"

// Options say how a tracer behaves. A field that is zero has the default that its comment
// names.
type Options struct {
	// Provider makes spans. Default: the global one.
	Provider trace.TracerProvider
	// Propagator puts traces into headers. Default: W3C trace context and baggage.
	Propagator propagation.TextMapPropagator
	// Keys has spans name the keys of requests, of which there may be very many. Default:
	// how many a request has.
	Keys bool
}

// Tracer is a [forward.Tracer].
type Tracer struct {
	tracer     trace.Tracer
	propagator propagation.TextMapPropagator
	keys       bool
}

var _ forward.Tracer = (*Tracer)(nil)

// New returns a tracer.
func New(o Options) *Tracer {
	if o.Provider == nil {
		o.Provider = otel.GetTracerProvider()
	}
	if o.Propagator == nil {
		o.Propagator = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	}
	return &Tracer{tracer: o.Provider.Tracer(scope), propagator: o.Propagator, keys: o.Keys}
}

// Start implements [forward.Tracer].
func (t *Tracer) Start(ctx context.Context, s forward.Span) (context.Context, func(error)) {
	name, kind := "ringmend.request", trace.SpanKindServer
	if s.Attempt > 0 {
		name, kind = "ringmend.forward", trace.SpanKindClient
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(kind))
	if span.IsRecording() {
		span.SetAttributes(t.attributes(s)...)
	}
	return ctx, func(err error) {
		if err != nil {
			span.RecordError(err)
			span.SetStatus(codes.Error, err.Error())
		}
		span.End()
	}
}

func (t *Tracer) attributes(s forward.Span) []attribute.KeyValue {
	list := []attribute.KeyValue{attribute.Int("ringmend.hops", s.Hops)}
	if t.keys {
		list = append(list, attribute.StringSlice("ringmend.keys", s.Keys))
	} else {
		list = append(list, attribute.Int("ringmend.key_count", len(s.Keys)))
	}
	if s.Attempt > 0 {
		list = append(list, attribute.Int("ringmend.attempt", s.Attempt), attribute.String("server.address", s.To))
	}
	return list
}

// Inject implements [forward.Tracer].
func (t *Tracer) Inject(ctx context.Context, set func(key, value string)) {
	t.propagator.Inject(ctx, carrier{set: set})
}

// Extract implements [forward.Tracer].
func (t *Tracer) Extract(ctx context.Context, get func(key string) string) context.Context {
	return t.propagator.Extract(ctx, carrier{get: get})
}

// carrier is headers, as OpenTelemetry reads or writes them.
type carrier struct {
	get func(string) string
	set func(key, value string)
}

// Get implements [propagation.TextMapCarrier].
func (c carrier) Get(key string) string {
	if c.get == nil {
		return ""
	}
	return c.get(key)
}

// Set implements [propagation.TextMapCarrier].
func (c carrier) Set(key, value string) {
	if c.set != nil {
		c.set(key, value)
	}
}

// Keys implements [propagation.TextMapCarrier]; no propagator of the defaults asks for them.
func (c carrier) Keys() []string { return nil }
