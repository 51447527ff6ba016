package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync/atomic"
	"time"
)

// Bounds of [Options].
const (
	MaxNodes = 1000
	MaxLimit = 100_000
)

// Options configure a proxy. Only Nodes is required.
type Options struct {
	Nodes    []string      // host:port of each
	Interval time.Duration // between two looks at a node; default 500 ms
	Limit    int           // requests at a time, more are refused with 503; default 256
	Timeout  time.Duration // of a request, with all its attempts; default 15 s
	Logger   *slog.Logger  // default: none
}

// ErrOptions is wrapped by errors about options.
var ErrOptions = errors.New("bad options")

// Proxy is an http.Handler. GET /proxy says what it knows of the nodes; everything else is theirs.
type Proxy struct {
	nodes    []*node
	turn     atomic.Uint64
	slots    chan struct{}
	interval time.Duration
	timeout  time.Duration
	client   *http.Transport
	log      *slog.Logger
	handler  http.Handler
}

// New returns a proxy that holds no node ready until [Proxy.Look] or [Proxy.Run] has asked.
func New(o Options) (*Proxy, error) {
	if o.Interval == 0 {
		o.Interval = 500 * time.Millisecond
	}
	if o.Limit == 0 {
		o.Limit = 256
	}
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	switch {
	case len(o.Nodes) == 0 || len(o.Nodes) > MaxNodes:
		return nil, fmt.Errorf("%w: %d nodes, it must be from 1 to %d", ErrOptions, len(o.Nodes), MaxNodes)
	case o.Interval < 0 || o.Timeout < 0:
		return nil, fmt.Errorf("%w: times must be positive", ErrOptions)
	case o.Limit < 1 || o.Limit > MaxLimit:
		return nil, fmt.Errorf("%w: a limit of %d requests, it must be from 1 to %d", ErrOptions, o.Limit, MaxLimit)
	}
	p := &Proxy{
		slots: make(chan struct{}, o.Limit), interval: o.Interval, timeout: o.Timeout, log: o.Logger,
		client: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
			MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Minute,
		},
	}
	for _, address := range o.Nodes {
		if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" {
			return nil, fmt.Errorf("%w: node %q is not host:port", ErrOptions, address)
		}
		if slices.ContainsFunc(p.nodes, func(n *node) bool { return n.address == address }) {
			return nil, fmt.Errorf("%w: node %s is named twice", ErrOptions, address)
		}
		p.nodes = append(p.nodes, &node{address: address})
	}
	forward := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "nodes"}); r.SetXForwarded() },
		Transport: inTurn{p},
		ErrorLog:  slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /proxy", p.serveState)
	mux.Handle("/", p.bounded(forward))
	p.handler = mux
	return p, nil
}

// dialTimeout is how long a node may take to accept a connection.
const dialTimeout = time.Second

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// bounded refuses what exceeds the limit, and ends what takes too long.
func (p *Proxy) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case p.slots <- struct{}{}:
			defer func() { <-p.slots }()
		default:
			w.Header().Set("Retry-After", "1")
			http.Error(w, fmt.Sprintf("%d requests are under way", cap(p.slots)), http.StatusServiceUnavailable)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), p.timeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// State is what a proxy knows of a node.
type State struct {
	Node  string `json:"node"`
	Ready bool   `json:"ready"`
	Why   string `json:"why,omitempty"` // it is not
}

// States returns what the proxy knows of the nodes, in their order.
func (p *Proxy) States() []State {
	var all []State
	for _, n := range p.nodes {
		why := n.missing()
		all = append(all, State{Node: n.address, Ready: why == "", Why: why})
	}
	return all
}

func (p *Proxy) serveState(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(p.States()) // the client may be gone
}
