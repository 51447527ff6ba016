package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/web"
	"github.com/ringmend/ringmend/node/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newNode returns a node that is alone once it has bootstrapped.
func newNode(t *testing.T, labels map[string]string) *node.Node {
	t.Helper()
	n, err := node.New(node.Config{
		App: "test", Address: "127.0.0.1:3000", Hosts: discovery.Static{"127.0.0.1:3000"}, Labels: labels,
		Transport: new(memnet.Network).NewTransport(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// ask makes a request as if from an address.
func ask(h http.Handler, method, path, body, from string) (code int, answer string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = from
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func get(h http.Handler, path string) (code int, answer string) {
	return ask(h, http.MethodGet, path, "", "127.0.0.1:9")
}

// A node is ready from when it has joined until it leaves, and its application may say
// more.
func TestReady(t *testing.T) {
	n := newNode(t, nil)
	var unwell error
	h := web.NewHandler(web.Config{Node: n, Ready: []func() error{func() error { return unwell }}})
	want := func(when string, code int, part string) {
		t.Helper()
		got, answer := get(h, "/readyz")
		if got != code || !strings.Contains(answer, part) {
			t.Errorf("%s: %d %q, want %d with %q", when, got, answer, code, part)
		}
		if live, _ := get(h, "/livez"); live != http.StatusOK {
			t.Errorf("%s: /livez says %d", when, live)
		}
	}
	want("before it has joined", http.StatusServiceUnavailable, "has not joined")
	if err := n.Bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	want("joined", http.StatusOK, "ready\n")
	unwell = errors.New("no database")
	want("unwell", http.StatusServiceUnavailable, "not ready: no database\n")
	n.Leave()
	want("unwell and left", http.StatusServiceUnavailable, "its status is leave\nnot ready: no database\n")
	unwell = nil
	want("left", http.StatusServiceUnavailable, "its status is leave")
	n.Rejoin()
	want("rejoined", http.StatusOK, "ready\n")
	if err := n.SelfEvict(t.Context()); err != nil {
		t.Fatal(err)
	}
	want("evicted", http.StatusServiceUnavailable, "its status is faulty")
	if err := web.Ready(n); !errors.Is(err, web.ErrNotReady) {
		t.Errorf("not an ErrNotReady: %v", err)
	}
}

// twoNodes returns two nodes that have joined each other, on a network in memory.
func twoNodes(t *testing.T, r node.Resolve) (nodes []*node.Node) {
	t.Helper()
	var network memnet.Network
	for _, address := range []string{"127.0.0.1:3000", "127.0.0.1:3001"} {
		n, err := node.New(node.Config{
			App: "test", Address: address, Hosts: discovery.Static{"127.0.0.1:3000", "127.0.0.1:3001"},
			Transport: network.NewTransport(), Resolve: r,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { n.Close() })
		nodes = append(nodes, n)
	}
	var joining sync.WaitGroup
	for _, n := range nodes {
		joining.Go(func() {
			if err := n.Bootstrap(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	joining.Wait()
	return nodes
}

// While its resolver does not let it serve, a node is alive and not ready.
func TestReadyWithAResolver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := twoNodes(t, node.Resolve{Strategy: node.DownAll})
		h := web.NewHandler(web.Config{Node: nodes[0]})
		want := func(code int, part string) {
			t.Helper()
			if got, answer := get(h, "/readyz"); got != code || !strings.Contains(answer, part) {
				t.Errorf("%d %q, want %d with %q", got, answer, code, part)
			}
			if live, _ := get(h, "/livez"); live != http.StatusOK {
				t.Errorf("/livez says %d", live)
			}
		}
		want(http.StatusServiceUnavailable, "starting")
		time.Sleep(time.Minute)
		want(http.StatusOK, "ready\n")
		nodes[1].Close()
		time.Sleep(time.Minute)
		want(http.StatusServiceUnavailable, "fenced")
	})
}

func TestStatusPage(t *testing.T) {
	n := newNode(t, map[string]string{"zone": "a", "evil": "\x1b[2J\nMEMBER"})
	if err := n.Bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	code, page := get(web.NewHandler(web.Config{Node: n}), "/statusz")
	for _, want := range []string{"address", "127.0.0.1:3000", "1 alive", fmt.Sprint(n.Checksum()), "split             no", "zone=a", `"\x1b[2J\nMEMBER"`} {
		if code != http.StatusOK || !strings.Contains(page, want) {
			t.Errorf("%d, and not there: %q in\n%s", code, want, page)
		}
	}
	if strings.Contains(page, "\x1b") {
		t.Error("a label of another node reaches the terminal")
	}
}

func TestStatusPageHasABoundAndShowsTheDeadFirst(t *testing.T) {
	members := make([]wire.Member, 1500)
	for i := range members {
		members[i] = wire.Member{Address: wire.Address(fmt.Sprintf("10.0.%d.%d:1", i/250, i%250)), Incarnation: 1}
	}
	members[1499].Status = wire.Faulty
	page := web.List(members)
	lines := strings.Split(strings.TrimSpace(page), "\n")
	if len(lines) != 1002 || !strings.Contains(lines[1], "faulty") || lines[1001] != "and 500 more" {
		t.Errorf("%d lines, the first %q, the last %q", len(lines), lines[1], lines[len(lines)-1])
	}
}

func TestLogLevel(t *testing.T) {
	level := new(slog.LevelVar)
	h := web.NewHandler(web.Config{Node: newNode(t, nil), LogLevel: level})
	for _, test := range []struct {
		from, body string
		code       int
		want       slog.Level
	}{
		{"127.0.0.1:9", "debug\n", http.StatusOK, slog.LevelDebug},
		{"[::1]:9", "WARN", http.StatusOK, slog.LevelWarn},
		{"[::ffff:127.0.0.1]:9", "error", http.StatusOK, slog.LevelError},
		{"10.0.0.1:9", "debug", http.StatusForbidden, slog.LevelError},
		{"nonsense", "debug", http.StatusForbidden, slog.LevelError},
		{"127.0.0.1:9", "loud", http.StatusBadRequest, slog.LevelError},
		{"127.0.0.1:9", "", http.StatusBadRequest, slog.LevelError},
		{"127.0.0.1:9", strings.Repeat("debug", 100), http.StatusBadRequest, slog.LevelError},
	} {
		code, answer := ask(h, http.MethodPut, "/loglevel", test.body, test.from)
		if code != test.code || level.Level() != test.want {
			t.Errorf("%+v: %d %s, level %v", test, code, answer, level)
		}
	}
	if _, answer := get(h, "/loglevel"); answer != "error\n" {
		t.Errorf("the level is %q", answer)
	}
	open := web.NewHandler(web.Config{Node: newNode(t, nil), LogLevel: level, AdminFrom: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	if code, answer := ask(open, http.MethodPut, "/loglevel", "info", "10.0.0.1:9"); code != http.StatusOK {
		t.Errorf("a network that is allowed: %d %s", code, answer)
	}
}

// What is not asked for is not there.
func TestPagesAreOffByDefault(t *testing.T) {
	n := newNode(t, nil)
	bare := web.NewHandler(web.Config{Node: n})
	all := web.NewHandler(web.Config{Node: n, Profiling: true, LogLevel: new(slog.LevelVar), Metrics: http.NotFoundHandler()})
	for _, path := range []string{"/metrics", "/loglevel", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/cmdline"} {
		if code, _ := get(bare, path); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
	if code, _ := get(all, "/debug/pprof/heap"); code != http.StatusOK {
		t.Errorf("profiles are not there: %d", code)
	}
	if _, answer := get(all, "/"); answer != "/livez\n/readyz\n/statusz\n/metrics\n/loglevel\n/debug/pprof/\n" {
		t.Errorf("the list of pages: %q", answer)
	}
	if code, _ := ask(bare, http.MethodPost, "/readyz", "", "127.0.0.1:9"); code != http.StatusMethodNotAllowed {
		t.Errorf("a POST to /readyz: %d", code)
	}
}

func TestServerAnswersAndEnds(t *testing.T) {
	s, err := web.Listen("127.0.0.1:0", web.NewHandler(web.Config{Node: newNode(t, nil)}), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	idle, err := net.Dial("tcp", s.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	ctx, cancel := context.WithTimeout(t.Context(), await.Patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Address()+"/livez", nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	response.Body.Close()
	if string(body) != "alive\n" {
		t.Errorf("%q", body)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := web.Listen("256.0.0.1:0", nil, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("an address that makes no sense is taken")
	}
}

// A node that an operator has put out of the rings says so.
func TestReadyOfAnEvictedNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := twoNodes(t, node.Resolve{})
		if err := nodes[1].EvictMember(nodes[0].Address()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second) // of the bubble's clock
		h := web.NewHandler(web.Config{Node: nodes[0]})
		if code, answer := get(h, "/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(answer, "an operator has evicted it") {
			t.Errorf("%d %q", code, answer)
		}
		if err := nodes[1].ReadmitMember(nodes[0].Address()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if code, answer := get(h, "/readyz"); code != http.StatusOK {
			t.Errorf("%d %q", code, answer)
		}
	})
}
