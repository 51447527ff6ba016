package app

import (
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/metrics"
	"github.com/ringmend/ringmend/node/web"
)

// maxScrapes is how many scrapes are answered at a time.
const maxScrapes = 4

// page shows a node over HTTP.
type page struct {
	collector *metrics.Collector
	registry  *prometheus.Registry
}

func newPage() *page {
	p := &page{collector: metrics.New(), registry: prometheus.NewRegistry()}
	p.registry.MustRegister(p.collector, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return p
}

// serve begins to answer; the server must be closed before the node is.
func (p *page) serve(n *node.Node, o *options, level *slog.LevelVar, log *slog.Logger) (*web.Server, error) {
	p.collector.Watch(n)
	server, err := web.Listen(o.http, web.NewHandler(web.Config{
		Node: n, Metrics: p.handler(), LogLevel: level, AdminFrom: o.adminFrom, Profiling: o.profiling,
	}), log)
	if err == nil {
		log.Info("answering HTTP", "address", server.Address())
	}
	return server, err
}

func (p *page) handler() http.Handler {
	return promhttp.HandlerFor(p.registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes, EnableOpenMetrics: true})
}
