package web

import (
	"net/http"
	"time"
)

// message is an event of a stream.
type message struct {
	name string
	data []byte
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
