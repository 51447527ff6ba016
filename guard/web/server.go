package web

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"

	"github.com/ringmend/ringmend/guard/explain"
	"github.com/ringmend/ringmend/guard/timeline"
	"github.com/ringmend/ringmend/guard/watch"
)

//go:embed static
var static embed.FS

// Limits of a server.
const (
	maxConns   = 256
	maxStreams = 64
	// MaxEvents is how many events one answer holds.
	MaxEvents = 1000
	// late is how long a client may take to read something.
	late = 10 * time.Second
	// beat is the time between two signs of life of a stream.
	beat = 10 * time.Second
	// stale is how many looks may be missing before the guard is not ready.
	stale = 5
)

// Config says what a server shows.
type Config struct {
	Logger *slog.Logger
	// History returns the events from a time on, the latest ones if there are more than
	// most. It may be called concurrently.
	History func(since time.Time, most int) ([]timeline.Event, error)
	// Approve approves the plan, or withdraws the approval. When nil, plans need none.
	Approve func(yes bool)
	// Registry holds the metrics.
	Registry *prometheus.Registry
}

// Server shows the latest state.
type Server struct {
	cfg     Config
	handler http.Handler

	mu      sync.Mutex
	state   *watch.State
	version uint64
	body    []byte // the state as JSON
	content []byte // the same without times and the version
	members []byte
	streams map[chan message]bool
}

// New returns a server.
func New(c Config) *Server {
	s := &Server{cfg: c, streams: make(map[chan message]bool)}
	mux := http.NewServeMux()
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // it is there
	}
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /api/v1/state", s.serveState)
	mux.HandleFunc("GET /api/v1/members", s.serveMembers)
	mux.HandleFunc("GET /api/v1/member", s.serveMember)
	mux.HandleFunc("GET /api/v1/events", s.serveEvents)
	mux.HandleFunc("GET /api/v1/stream", s.serveStream)
	mux.HandleFunc("POST /api/v1/approve", s.serveApprove)
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", s.serveReady)
	mux.Handle("GET /metrics", promhttp.HandlerFor(c.Registry, promhttp.HandlerOpts{MaxRequestsInFlight: 8, Timeout: late}))
	s.handler = guarded(mux)
	return s
}

// guarded adds what browsers need to keep what nodes say from being more than text.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Serve serves on a listener until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: late, ReadTimeout: late, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog:    slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if server.Shutdown(within) != nil {
			server.Close()
		}
	})
	err := server.Serve(netutil.LimitListener(l, maxConns))
	if errors.Is(err, http.ErrServerClosed) {
		<-stopped
		return nil
	}
	if !stop() {
		<-stopped
	}
	return err
}

// Looked shows a state. It must not be called concurrently with itself.
func (s *Server) Looked(state *watch.State, findings []explain.Finding, splitSince time.Time) {
	j := newState(state, findings, splitSince)
	content := j
	content.At, content.SeenAt, content.LookSeconds = time.Time{}, time.Time{}, 0
	now := encode(content)
	list := encode(newMembers(state))

	s.mu.Lock()
	defer s.mu.Unlock()
	if !bytes.Equal(now, s.content) || !bytes.Equal(list, s.members) {
		s.version++
	}
	j.Version = s.version
	s.state, s.content, s.members = state, now, list
	s.body = encode(j)
	s.send(message{"state", s.body})
}

// Happened shows events.
func (s *Server) Happened(events []timeline.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range events {
		s.send(message{"happened", encode(&events[i])})
	}
}

func (s *Server) latest() (state *watch.State, version uint64, body, members []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, s.version, s.body, s.members
}
