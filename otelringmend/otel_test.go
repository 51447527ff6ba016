package otelringmend_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uber/tchannel-go"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ringmend/ringmend/node/forward"
	"github.com/ringmend/ringmend/node/forward/onhttp"
	"github.com/ringmend/ringmend/node/forward/ontchannel"
	"github.com/ringmend/ringmend/otelringmend"
)

// recorder is a tracer whose spans are kept.
func recorder(t *testing.T) (*otelringmend.Tracer, trace.TracerProvider, *tracetest.InMemoryExporter) {
	exporter := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	return otelringmend.New(otelringmend.Options{Provider: provider}), provider, exporter
}

// forwarder belongs to the node self, where all keys are owned by owner.
func forwarder(t *testing.T, self string, owner func() string, tracer forward.Tracer) *forward.Forwarder {
	f, err := forward.New(forward.Options{
		Self: self, Tracer: tracer, Patience: -1,
		Owner: func(string) (string, error) { return owner(), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// tree writes spans as their names, each within its parent.
func tree(spans tracetest.SpanStubs) string {
	var below func(parent trace.SpanID) string
	below = func(parent trace.SpanID) string {
		var parts []string
		for _, s := range spans {
			if s.Parent.SpanID() == parent {
				parts = append(parts, s.Name+below(s.SpanContext.SpanID()))
			}
		}
		if parts == nil {
			return ""
		}
		slices.Sort(parts)
		return "(" + strings.Join(parts, " ") + ")"
	}
	return below(trace.SpanID{})
}

// The trace of a client goes through the node that it asks to the one that owns the key, and
// to the handler there.
const whole = "(client(ringmend.request(ringmend.forward(ringmend.request(handler)))))"

func TestATraceOverHTTP(t *testing.T) {
	tracer, provider, exporter := recorder(t)
	var servers [2]*httptest.Server
	for i := range servers {
		f := forwarder(t, fmt.Sprint(i), func() string { return "1" }, tracer)
		handle := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, span := provider.Tracer("test").Start(r.Context(), "handler")
			defer span.End()
			fmt.Fprint(w, i)
		})
		h, err := onhttp.New(handle, onhttp.Options{
			Forwarder: f,
			Keys:      func(*http.Request) ([]string, error) { return []string{"k"}, nil },
			Locate:    func(string) (string, error) { return servers[1].Listener.Addr().String(), nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		servers[i] = httptest.NewServer(h)
		t.Cleanup(servers[i].Close)
	}
	ctx, span := provider.Tracer("test").Start(t.Context(), "client")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, servers[0].URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(request.Header))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	response.Body.Close()
	span.End()
	if string(body) != "1" {
		t.Errorf("answered by %q", body)
	}
	if got := tree(exporter.GetSpans()); got != whole {
		t.Errorf("the spans are %s, want %s", got, whole)
	}
}

func TestATraceOverTChannel(t *testing.T) {
	for _, format := range []tchannel.Format{tchannel.JSON, tchannel.Thrift, tchannel.Raw} {
		t.Run(string(format), func(t *testing.T) {
			tracer, provider, exporter := recorder(t)
			var services [2]*ontchannel.Service
			var addresses [2]string
			endpoint := ontchannel.Endpoint{
				Keys: func(*ontchannel.Request) ([]string, error) { return []string{"k"}, nil },
				Handle: func(ctx context.Context, r *ontchannel.Request) (*ontchannel.Response, error) {
					_, span := provider.Tracer("test").Start(ctx, "handler")
					defer span.End()
					return &ontchannel.Response{Body: r.Body}, nil
				},
			}
			for i := range services {
				ch, err := tchannel.NewChannel("kv", nil)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(ch.Close)
				if err := ch.ListenAndServe("127.0.0.1:0"); err != nil {
					t.Fatal(err)
				}
				addresses[i] = ch.PeerInfo().HostPort
				f := forwarder(t, addresses[i], func() string { return addresses[1] }, tracer)
				if services[i], err = ontchannel.New(ch, f, ontchannel.Options{}); err != nil {
					t.Fatal(err)
				}
				services[i].Register("get", endpoint)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			ctx, span := provider.Tracer("test").Start(ctx, "client")
			answer, err := services[0].Do(ctx, &endpoint, &ontchannel.Request{Endpoint: "get", Format: format, Body: []byte("{}")})
			span.End()
			if err != nil || string(answer.Body) != "{}" {
				t.Fatalf("%v, %v", answer, err)
			}
			if got := tree(exporter.GetSpans()); got != whole {
				t.Errorf("the spans are %s, want %s", got, whole)
			}
		})
	}
}

// A span says what it is about, and how it ended.
func TestWhatASpanSays(t *testing.T) {
	tracer, _, exporter := recorder(t)
	f := forwarder(t, "a", func() string { return "b" }, tracer)
	refused := errors.New("refused")
	_, err := forward.Do(t.Context(), f, forward.Call{Keys: []string{"k"}, Hops: 1},
		func(context.Context) (int, error) { return 0, nil },
		func(context.Context, string) (int, error) { return 0, forward.NotRun(refused) })
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	for _, s := range exporter.GetSpans() {
		said := fmt.Sprint(s.Name, s.SpanKind, s.Status, s.Attributes)
		for _, want := range map[string][]string{
			"ringmend.request": {"server", "refused", "hops"},
			"ringmend.forward": {"client", "refused", "attempt", "b"},
		}[s.Name] {
			if !strings.Contains(said, want) {
				t.Errorf("%s does not say %s", said, want)
			}
		}
	}
	if got, want := tree(exporter.GetSpans()), "(ringmend.request(ringmend.forward))"; got != want {
		t.Errorf("the spans are %s, want %s", got, want)
	}
}
