package proxy

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// backend is a node that says its name.
type backend struct {
	name           string
	ready, refuses atomic.Bool
	served         atomic.Int64
	hold           chan struct{} // a request waits for it, if there is one
	server         *httptest.Server
}

func startBackend(t *testing.T, name string) *backend {
	b := &backend{name: name}
	b.ready.Store(true)
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/readyz" && !b.ready.Load():
			http.Error(w, "fenced", http.StatusServiceUnavailable)
		case r.URL.Path == "/readyz":
		case b.refuses.Load():
			b.served.Add(1)
			http.Error(w, b.name+" refuses", http.StatusServiceUnavailable)
		default:
			b.served.Add(1)
			if b.hold != nil {
				select {
				case <-b.hold:
				case <-r.Context().Done():
				}
			}
			fmt.Fprint(w, b.name, " ", r.URL.RequestURI())
		}
	}))
	t.Cleanup(b.server.Close)
	return b
}

func start(t *testing.T, o Options, backends ...*backend) (*Proxy, string) {
	t.Helper()
	for _, b := range backends {
		o.Nodes = append(o.Nodes, b.server.Listener.Addr().String())
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	t.Cleanup(func() {
		server.Close()
		p.client.CloseIdleConnections()
	})
	return p, server.URL
}

func fetch(t *testing.T, method, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	return answer.StatusCode, strings.TrimSpace(string(body))
}

func TestNodesAreAskedInTurn(t *testing.T) {
	a, b, c := startBackend(t, "a"), startBackend(t, "b"), startBackend(t, "c")
	p, url := start(t, Options{}, a, b, c)
	if code, text := fetch(t, "GET", url+"/iq/x"); code != http.StatusServiceUnavailable || text != ErrNoNode.Error() {
		t.Errorf("before any was asked: %d %s", code, text)
	}
	p.Look(t.Context())
	for range 9 {
		if code, text := fetch(t, "GET", url+"/iq/Albert%20E?x=1"); code != http.StatusOK || !strings.HasSuffix(text, " /iq/Albert%20E?x=1") {
			t.Errorf("%d %s", code, text)
		}
	}
	for _, n := range []*backend{a, b, c} {
		if got := n.served.Load(); got != 3 {
			t.Errorf("%s has served %d", n.name, got)
		}
	}

	b.ready.Store(false)
	p.Look(t.Context())
	for range 4 {
		fetch(t, "GET", url+"/iq/x")
	}
	if got := b.served.Load(); got != 3 {
		t.Errorf("b is not ready, and has served %d", got)
	}
	if _, text := fetch(t, "GET", url+"/proxy"); strings.Count(text, `"ready":true`) != 2 || !strings.Contains(text, `"why":"503 Service Unavailable: fenced"`) {
		t.Errorf("state %s", text)
	}
	b.ready.Store(true)
	p.Look(t.Context())
	for range 3 {
		fetch(t, "GET", url+"/iq/x")
	}
	if got := b.served.Load(); got != 4 {
		t.Errorf("b is back, and has served %d", got)
	}
}

// A node may refuse one name, or have become unreachable since the latest look.
func TestWhatOneRefusesGoesToTheNext(t *testing.T) {
	a, b := startBackend(t, "a"), startBackend(t, "b")
	p, url := start(t, Options{}, a, b)
	p.Look(t.Context())
	a.refuses.Store(true)
	for range 4 {
		if code, text := fetch(t, "GET", url+"/iq/x"); code != http.StatusOK || text != "b /iq/x" {
			t.Errorf("%d %s", code, text)
		}
	}
	a.server.Close()
	for range 2 {
		if code, text := fetch(t, "GET", url+"/iq/x"); code != http.StatusOK || text != "b /iq/x" {
			t.Errorf("%d %s", code, text)
		}
	}
	if states := p.States(); states[0].Ready || !states[1].Ready {
		t.Errorf("%+v", states)
	}
	b.refuses.Store(true)
	if code, text := fetch(t, "GET", url+"/iq/x"); code != http.StatusServiceUnavailable || text != "b refuses" {
		t.Errorf("all refuse: %d %s", code, text)
	}
}

// What may change something is not sent twice.
func TestOnlyRequestsThatMayBeRepeatedAre(t *testing.T) {
	a, b := startBackend(t, "a"), startBackend(t, "b")
	p, url := start(t, Options{}, a, b)
	p.Look(t.Context())
	a.refuses.Store(true)
	b.refuses.Store(true)
	if code, _ := fetch(t, "POST", url+"/iq/x"); code != http.StatusServiceUnavailable || a.served.Load()+b.served.Load() != 1 {
		t.Errorf("%d, after %d attempts", code, a.served.Load()+b.served.Load())
	}
}

func TestLimitAndTimeout(t *testing.T) {
	a := startBackend(t, "a")
	a.hold = make(chan struct{})
	p, url := start(t, Options{Limit: 1}, a)
	p.Look(t.Context())
	p.slots <- struct{}{} // as a request that is under way
	if code, text := fetch(t, "GET", url+"/iq/x"); code != http.StatusServiceUnavailable || text != "1 requests are under way" {
		t.Errorf("%d %s", code, text)
	}
	if code, _ := fetch(t, "GET", url+"/proxy"); code != http.StatusOK {
		t.Errorf("how it is cannot be asked: %d", code)
	}
	<-p.slots
	p, url = start(t, Options{Timeout: 50 * time.Millisecond}, a)
	p.Look(t.Context())
	if code, text := fetch(t, "GET", url+"/iq/x"); code != http.StatusServiceUnavailable || !strings.Contains(text, "deadline exceeded") {
		t.Errorf("%d %s", code, text)
	}
	if len(p.slots) != 0 {
		t.Error("a request that has ended takes room")
	}
}

func TestBadOptions(t *testing.T) {
	for _, o := range []Options{
		{}, {Nodes: make([]string, MaxNodes+1)}, {Nodes: []string{"a"}}, {Nodes: []string{":80"}}, {Nodes: []string{"a:1", "a:1"}},
		{Nodes: []string{"a:1"}, Limit: -1}, {Nodes: []string{"a:1"}, Limit: MaxLimit + 1}, {Nodes: []string{"a:1"}, Interval: -1}, {Nodes: []string{"a:1"}, Timeout: -1},
	} {
		if _, err := New(o); !errors.Is(err, ErrOptions) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
