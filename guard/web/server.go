package web

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
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
	"github.com/ringmend/ringmend/node/wire"
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
	json    State
	body    []byte // of json
	content []byte // of json, but for times and the version
	members []byte
	streams map[chan message]bool
}

// message is an event of a stream.
type message struct {
	name string
	data []byte
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
	members := newMembers(state)
	list := encode(members)

	s.mu.Lock()
	defer s.mu.Unlock()
	j.Version = s.json.Version
	if changed := !bytes.Equal(now, s.content) || !bytes.Equal(list, s.members); changed {
		j.Version++
	}
	s.state, s.json, s.content, s.members = state, j, now, list
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

// send sends a message to all streams; one that does not keep up ends, and its page
// comes back. The caller holds s.mu.
func (s *Server) send(m message) {
	for stream := range s.streams {
		select {
		case stream <- m:
		default:
			delete(s.streams, stream)
			close(stream)
		}
	}
}

func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain values
	}
	return data
}

func (s *Server) latest() (state *watch.State, j State, body, members []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, s.json, s.body, s.members
}

func writeJSON(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(late))
	_, _ = w.Write(body) // a client that went away needs no answer
}

func fail(w http.ResponseWriter, code int, format string, args ...any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(encode(map[string]string{"error": fmt.Sprintf(format, args...)}))
}

func (s *Server) serveState(w http.ResponseWriter, _ *http.Request) {
	_, _, body, _ := s.latest()
	if body == nil {
		fail(w, http.StatusServiceUnavailable, "no look has ended yet")
		return
	}
	writeJSON(w, body)
}

func (s *Server) serveMembers(w http.ResponseWriter, _ *http.Request) {
	state, j, body, members := s.latest()
	if body == nil {
		fail(w, http.StatusServiceUnavailable, "no look has ended yet")
		return
	}
	writeJSON(w, encode(struct {
		Version uint64          `json:"version"`
		SeenAt  time.Time       `json:"seenAt"`
		Members json.RawMessage `json:"members"`
	}{j.Version, state.SeenAt, members}))
}

func (s *Server) serveMember(w http.ResponseWriter, r *http.Request) {
	address, err := wire.ParseAddress(r.URL.Query().Get("address"))
	if err != nil {
		fail(w, http.StatusBadRequest, "address: %v", err)
		return
	}
	state, _, _, _ := s.latest()
	writeJSON(w, encode(newOpinions(state, address)))
}

func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	since, most, err := eventQuery(r)
	if err != nil {
		fail(w, http.StatusBadRequest, "%v", err)
		return
	}
	events, err := s.cfg.History(since, most)
	if err != nil {
		fail(w, http.StatusInternalServerError, "%v", err)
		return
	}
	if events == nil {
		events = []timeline.Event{}
	}
	writeJSON(w, encode(map[string]any{"events": events}))
}

func eventQuery(r *http.Request) (since time.Time, most int, err error) {
	most = 200
	q := r.URL.Query()
	if v := q.Get("since"); v != "" {
		if since, err = time.Parse(time.RFC3339, v); err != nil {
			return since, 0, fmt.Errorf("since: %q is not a time as in RFC 3339", v)
		}
	}
	if v := q.Get("limit"); v != "" {
		if _, err := fmt.Sscanf(v, "%d", &most); err != nil || most < 1 || most > MaxEvents {
			return since, 0, fmt.Errorf("limit: %q is not a number from 1 to %d", v, MaxEvents)
		}
	}
	return since, most, nil
}

// approveHeader must be in a request that approves something: a page from elsewhere
// cannot send it.
const approveHeader = "X-Ringmend-Guard"

func (s *Server) serveApprove(w http.ResponseWriter, r *http.Request) {
	if s.cfg.Approve == nil {
		fail(w, http.StatusConflict, "the guard does not ask: start it with --mode ask")
		return
	}
	if r.Header.Get(approveHeader) == "" {
		fail(w, http.StatusForbidden, "the header %s is missing", approveHeader)
		return
	}
	var body struct {
		Yes *bool `json:"yes"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&body); err != nil || body.Yes == nil {
		fail(w, http.StatusBadRequest, `the body must be {"yes": true} or {"yes": false}`)
		return
	}
	s.cfg.Logger.Info("told by a page", "yes", *body.Yes, "from", r.RemoteAddr)
	s.cfg.Approve(*body.Yes)
	writeJSON(w, []byte("{}"))
}

// serveReady reports whether the guard sees its ring: the last looks ended, and nodes
// answered.
func (s *Server) serveReady(w http.ResponseWriter, _ *http.Request) {
	state, _, _, _ := s.latest()
	switch {
	case state == nil:
		http.Error(w, "no look has ended yet", http.StatusServiceUnavailable)
	case state.Err != nil:
		http.Error(w, "no node answers", http.StatusServiceUnavailable)
	case time.Since(state.At) > stale*state.Every+time.Minute:
		http.Error(w, "the last look is too long ago", http.StatusServiceUnavailable)
	default:
		fmt.Fprintln(w, "ok")
	}
}

// serveStream sends states and events as they come (server-sent events).
func (s *Server) serveStream(w http.ResponseWriter, r *http.Request) {
	stream := make(chan message, 64)
	s.mu.Lock()
	full := len(s.streams) >= maxStreams
	if !full {
		s.streams[stream] = true
		if s.body != nil {
			stream <- message{"state", s.body}
		}
	}
	s.mu.Unlock()
	if full {
		fail(w, http.StatusServiceUnavailable, "too many streams")
		return
	}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.streams, stream)
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // proxies
	control := http.NewResponseController(w)
	write := func(text string) bool {
		if err := control.SetWriteDeadline(time.Now().Add(late)); err != nil {
			return false
		}
		if _, err := w.Write([]byte(text)); err != nil {
			return false
		}
		return control.Flush() == nil
	}
	if !write("retry: 1000\n\n") {
		return
	}
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		select {
		case m, open := <-stream:
			if !open || !write("event: "+m.name+"\ndata: "+string(m.data)+"\n\n") {
				return
			}
		case <-ticker.C:
			if !write(": alive\n\n") {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}
