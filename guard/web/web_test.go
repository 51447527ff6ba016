package web

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/guard/explain"
	"github.com/ringmend/ringmend/guard/internal/ringtest"
	"github.com/ringmend/ringmend/guard/timeline"
	"github.com/ringmend/ringmend/guard/watch"
	"github.com/ringmend/ringmend/node/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// state is what a look at a ring shows.
func state(r *ringtest.Ring) *watch.State {
	c, v := r.Look()
	now := time.Now()
	return &watch.State{At: now, SeenAt: now, Every: time.Second, Cluster: c, Verdict: v, App: "orders", Mode: watch.Observe}
}

func newServer(configure func(*Config)) (*Server, *Metrics) {
	cfg := Config{
		Logger:   slog.New(slog.DiscardHandler),
		History:  func(time.Time, int) ([]timeline.Event, error) { return nil, nil },
		Registry: prometheus.NewRegistry(),
	}
	if configure != nil {
		configure(&cfg)
	}
	m := NewMetrics(cfg.Registry, func() watch.Calls { return watch.Calls{"/admin/stats": {Made: 7, Failed: 2, Bytes: 900}} })
	return New(cfg), m
}

func do(s http.Handler, method, url, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	if len(header) > 0 {
		r.Header.Set(header[0], header[1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func get[T any](t *testing.T, s http.Handler, url string) (v T) {
	t.Helper()
	w := do(s, "GET", url, "")
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", url, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	return v
}

func TestStateAndMembers(t *testing.T) {
	s, _ := newServer(nil)
	if w := do(s, "GET", "/api/v1/state", ""); w.Code != http.StatusServiceUnavailable {
		t.Errorf("before the first look: %d", w.Code)
	}
	r := ringtest.New(3, 2)
	r.Hold(wire.Member{Address: ringtest.Address(0), Status: wire.Alive, Incarnation: 2, Labels: map[string]string{"zone": "<script>"}})
	since := time.Now().Add(-time.Minute)
	s.Looked(state(ringtest.New(3, 2)), nil, since)
	got := get[State](t, s, "/api/v1/state")
	if got.Condition != "split" || len(got.Sides) != 2 || got.Sides[0].Nodes != 3 || got.Sides[0].Faulty != 2 || got.Counts.Up != 5 || !got.SplitSince.Equal(since) {
		t.Errorf("%+v", got)
	}
	members := get[Members](t, s, "/api/v1/members")
	if len(members.Members) != 5 || members.Version != got.Version {
		t.Fatalf("%+v", members)
	}
	if m := members.Members[4]; m.Standing != "up" || m.Side != 1 || !slices.Equal(m.Held, []string{"faulty", "alive"}) {
		t.Errorf("%+v", m)
	}
	opinions := get[Opinions](t, s, "/api/v1/member?address=10.0.0.5:3000")
	if len(opinions.Opinions) != 5 || opinions.Opinions[0].Status != "faulty" || opinions.Opinions[4].Status != "alive" {
		t.Errorf("%+v", opinions)
	}
}

func TestTheVersionGrowsOnlyWhenSomethingChanges(t *testing.T) {
	s, _ := newServer(nil)
	version := func(r *ringtest.Ring) uint64 {
		s.Looked(state(r), nil, time.Time{})
		return get[State](t, s, "/api/v1/state").Version
	}
	one := version(ringtest.New(3))
	if again := version(ringtest.New(3)); again != one {
		t.Errorf("the same: %d, %d", one, again)
	}
	if other := version(ringtest.New(2, 1)); other <= one {
		t.Errorf("another: %d, %d", one, other)
	}
}

func TestTheLastGoodDataIsShownWithTheError(t *testing.T) {
	s, _ := newServer(nil)
	good := state(ringtest.New(3))
	bad := *good
	bad.At, bad.Err = good.At.Add(time.Minute), errors.New("no node answered")
	s.Looked(&bad, nil, time.Time{})
	if got := get[State](t, s, "/api/v1/state"); got.Error == "" || got.Counts.Up != 3 || !got.SeenAt.Equal(good.At) {
		t.Errorf("%+v", got)
	}
	if w := do(s, "GET", "/readyz", ""); w.Code != http.StatusServiceUnavailable {
		t.Errorf("ready: %d", w.Code)
	}
	if w := do(s, "GET", "/livez", ""); w.Code != http.StatusOK {
		t.Errorf("alive: %d", w.Code)
	}
	s.Looked(good, nil, time.Time{})
	if w := do(s, "GET", "/readyz", ""); w.Code != http.StatusOK {
		t.Errorf("ready: %d %s", w.Code, w.Body)
	}
	old := *good
	old.At = good.At.Add(-time.Hour)
	s.Looked(&old, nil, time.Time{})
	if w := do(s, "GET", "/readyz", ""); w.Code != http.StatusServiceUnavailable {
		t.Errorf("an old look: %d", w.Code)
	}
}

func TestEvents(t *testing.T) {
	var asked struct {
		since time.Time
		most  int
	}
	s, _ := newServer(func(c *Config) {
		c.History = func(since time.Time, most int) ([]timeline.Event, error) {
			asked.since, asked.most = since, most
			if most == 13 {
				return nil, errors.New("the file is damaged")
			}
			return []timeline.Event{{ID: 1, Kind: timeline.Joined, Text: "one"}}, nil
		}
	})
	got := get[map[string][]timeline.Event](t, s, "/api/v1/events?since=2026-11-28T03:00:00Z&limit=5")
	if len(got["events"]) != 1 || asked.most != 5 || asked.since.Hour() != 3 {
		t.Errorf("%+v, asked for %+v", got, asked)
	}
	for url, code := range map[string]int{
		"/api/v1/events?since=yesterday": 400, "/api/v1/events?limit=0": 400, "/api/v1/events?limit=100000": 400,
		"/api/v1/events?limit=x": 400, "/api/v1/events?limit=13": 500,
		"/api/v1/member": 400, "/api/v1/member?address=%3Cscript%3E": 400, "/nowhere": 404,
	} {
		if w := do(s, "GET", url, ""); w.Code != code {
			t.Errorf("%s: %d, want %d", url, w.Code, code)
		}
	}
}

// A page from elsewhere that a person has open must not be able to approve anything.
func TestApproving(t *testing.T) {
	var mu sync.Mutex
	var answers []bool
	s, _ := newServer(func(c *Config) {
		c.Approve = func(yes bool) {
			mu.Lock()
			defer mu.Unlock()
			answers = append(answers, yes)
		}
	})
	for _, test := range []struct {
		body string
		code int
		with bool
	}{
		{`{"yes":true}`, 403, false}, {`{"yes":true}`, 200, true}, {`{"yes":false}`, 200, true}, {`{}`, 400, true},
		{`yes`, 400, true}, {`{"yes":"true"}`, 400, true}, {`{"yes":` + strings.Repeat(" ", 5000) + `true}`, 400, true},
	} {
		header := []string{}
		if test.with {
			header = []string{approveHeader, "test"}
		}
		if w := do(s, "POST", "/api/v1/approve", test.body, header...); w.Code != test.code {
			t.Errorf("%.40s, header %t: %d %s", test.body, test.with, w.Code, w.Body)
		}
	}
	if !slices.Equal(answers, []bool{true, false}) {
		t.Errorf("%v", answers)
	}
	if w := do(s, "GET", "/api/v1/approve", ""); w.Code != http.StatusMethodNotAllowed && w.Code != http.StatusNotFound {
		t.Errorf("by GET: %d", w.Code)
	}
	never, _ := newServer(nil)
	if w := do(never, "POST", "/api/v1/approve", `{"yes":true}`, approveHeader, "test"); w.Code != http.StatusConflict {
		t.Errorf("a guard that does not ask: %d", w.Code)
	}
}

func TestAllAnswersForbidScriptsFromElsewhere(t *testing.T) {
	s, _ := newServer(nil)
	for _, url := range []string{"/", "/guard.js", "/api/v1/state", "/nowhere", "/metrics"} {
		w := do(s, "GET", url, "")
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %q", url, csp)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s may be sniffed", url)
		}
	}
	js := do(s, "GET", "/guard.js", "").Body.String()
	for _, word := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("} {
		if strings.Contains(js, word) {
			t.Errorf("the page uses %s", word)
		}
	}
}

func TestStream(t *testing.T) {
	s, _ := newServer(nil)
	s.Looked(state(ringtest.New(3)), nil, time.Time{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	ctx := t.Context()
	go func() { served <- s.Serve(ctx, l) }()
	t.Cleanup(func() { // after ctx ends
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(fmt.Sprintf("http://%s/api/v1/stream", l.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	next := func(prefix string) string {
		t.Helper()
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if rest, found := strings.CutPrefix(strings.TrimSpace(line), prefix); found {
				return rest
			}
		}
	}
	if name := next("event: "); name != "state" {
		t.Errorf("the first is %q", name)
	}
	s.Happened([]timeline.Event{{ID: 5, Kind: timeline.SplitBegan, Text: "line\nbreak"}})
	if name := next("event: "); name != "happened" {
		t.Errorf("the next is %q", name)
	}
	var e timeline.Event
	if err := json.Unmarshal([]byte(next("data: ")), &e); err != nil || e.Text != "line\nbreak" {
		t.Errorf("%+v, %v", e, err)
	}
}

// A page that does not read is cut off; the guard does not wait for it.
func TestAStreamThatDoesNotKeepUpEnds(t *testing.T) {
	s, _ := newServer(nil)
	stream := make(chan message, 2)
	s.streams[stream] = true
	for range 5 {
		s.Happened([]timeline.Event{{Text: "x"}})
	}
	if len(s.streams) != 0 {
		t.Error("the stream goes on")
	}
}

func TestMetrics(t *testing.T) {
	s, m := newServer(nil)
	r := ringtest.New(3, 2)
	m.Looked(state(ringtest.New(5)), nil)
	m.Looked(state(r), []explain.Finding{{Kind: explain.Zombie, Count: 2}})
	m.Happened([]timeline.Event{{Kind: timeline.SplitBegan}, {Kind: timeline.SplitEnded, Seconds: 3}})
	m.Acted(watch.Action{What: "merge"})
	body := do(s, "GET", "/metrics", "").Body.String()
	for _, line := range []string{
		"ringmend_guard_partitions 2", `ringmend_guard_members{status="up"} 5`, `ringmend_guard_looks_total{result="ok"} 2`,
		"ringmend_guard_checksum_changes_total 2", `ringmend_guard_findings{kind="zombie"} 2`, "ringmend_guard_splits_total 1",
		"ringmend_guard_split_seconds_sum 3", `ringmend_guard_actions_total{action="merge",result="ok"} 1`,
		`ringmend_guard_calls_total{endpoint="/admin/stats"} 7`, `ringmend_guard_call_errors_total{endpoint="/admin/stats"} 2`,
		`ringmend_guard_call_bytes_total{endpoint="/admin/stats"} 900`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
	failed := state(r)
	failed.Err = errors.New("no node answered")
	m.Looked(failed, nil)
	if body := do(s, "GET", "/metrics", "").Body.String(); !strings.Contains(body, "ringmend_guard_partitions 0\n") {
		t.Error("nothing is known, and there are partitions")
	}
}

// The schema has the same keys as what is sent.
func TestTheSchemaDescribesTheBodies(t *testing.T) {
	s, _ := newServer(nil)
	body, err := io.ReadAll(do(s, "GET", "/schema.json", "").Body)
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct {
			Properties map[string]any
			Required   []string
		} `json:"$defs"`
	}
	if err := json.Unmarshal(body, &schema); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{
		"State": State{}, "Counts": Counts{}, "Side": Side{}, "Pair": Pair{}, "Finding": explain.Finding{}, "Members": Members{},
		"Member": Member{}, "Opinions": Opinions{}, "Opinion": Opinion{}, "Event": timeline.Event{},
	} {
		var all, required []string
		for i := range reflect.TypeOf(v).NumField() {
			key, options, _ := strings.Cut(reflect.TypeOf(v).Field(i).Tag.Get("json"), ",")
			if key == "-" {
				continue
			}
			all = append(all, key)
			if options == "" {
				required = append(required, key)
			}
		}
		def := schema.Defs[name]
		slices.Sort(all)
		if diff := cmp.Diff(all, slices.Sorted(maps.Keys(def.Properties))); diff != "" {
			t.Errorf("%s (-sent +schema):\n%s", name, diff)
		}
		slices.Sort(required)
		slices.Sort(def.Required)
		if diff := cmp.Diff(required, def.Required); diff != "" {
			t.Errorf("%s, required (-sent +schema):\n%s", name, diff)
		}
	}
}
