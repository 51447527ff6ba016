package otelringmend_test

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ringmend/ringmend/node/forward"
	"github.com/ringmend/ringmend/otelringmend"
)

// A program exports to a collector instead: see the exporters of OpenTelemetry.
func Example() {
	exporter := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
	f, err := forward.New(forward.Options{ // or forward.ForNode(n), with the Tracer added
		Self:   "10.0.0.7:3000",
		Owner:  func(string) (string, error) { return "10.0.0.8:3000", nil },
		Tracer: otelringmend.New(otelringmend.Options{Provider: provider}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	local := func(context.Context) (string, error) { return "from here", nil }
	send := func(_ context.Context, address string) (string, error) { return "from " + address, nil }
	answer, err := forward.Do(context.Background(), f, forward.Call{Keys: []string{"order-4711"}}, local, send)
	fmt.Println(answer, err)
	for _, span := range exporter.GetSpans() {
		fmt.Println(span.Name, span.SpanKind)
	}
	// Output:
	// from 10.0.0.8:3000 <nil>
	// ringmend.forward client
	// ringmend.request server
}
