package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/ringmend/ringmend/guard/timeline"
	"github.com/ringmend/ringmend/node/wire"
)

func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain values
	}
	return data
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
	state, version, body, members := s.latest()
	if body == nil {
		fail(w, http.StatusServiceUnavailable, "no look has ended yet")
		return
	}
	writeJSON(w, encode(struct {
		Version uint64          `json:"version"`
		SeenAt  time.Time       `json:"seenAt"`
		Members json.RawMessage `json:"members"`
	}{version, state.SeenAt, members}))
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
