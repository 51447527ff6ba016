package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/guard/store"
	"github.com/ringmend/ringmend/guard/timeline"
	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/certtest"
	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("main.(*program).listen"))
}

func TestCommandLinesThatAreNotUnderstood(t *testing.T) {
	damaged := filepath.Join(t.TempDir(), "damaged.db")
	if err := os.WriteFile(damaged, bytes.Repeat([]byte("nonsense"), 10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args string
		code int
		says string
	}{
		{"", 2, "discovery URI is required"},
		{"nonsense", 2, "expected an ip:port"},
		{"--mode fight 127.0.0.1:3000", 2, `mode "fight"`},
		{"--every 1ms 127.0.0.1:3000", 2, "a look every 1ms"},
		{"--timeout 2h 127.0.0.1:3000", 2, "a timeout of 2h"},
		{"--log yaml 127.0.0.1:3000", 2, "--log"},
		{"--retention 1s 127.0.0.1:3000", 2, "--retention"},
		{"--webhook ftp://x 127.0.0.1:3000", 2, "--webhook"},
		{"--tls-mode require 127.0.0.1:3000", 2, "TLS needs"},
		{"--tls-cert /nowhere/c --tls-key /nowhere/k --tls-ca /nowhere/a 127.0.0.1:3000", 1, "/nowhere/"},
		{"--http nonsense 127.0.0.1:3000", 1, "--http"},
		{"--no-such-flag", 2, "unknown flag"},
		{"file:///no/such/file", 1, "no such file"},
		{"--store " + damaged + " 127.0.0.1:3000", 1, "not a file of ringmend-guard"},
		{"history", 2, "--store is required"},
		{"history --store /no/such/file", 1, "there is no file"},
		{"history --store " + damaged, 1, "not a file of ringmend-guard"},
		{"history --store x --since yesterday", 2, "neither a duration nor a time"},
		{"history --store x --since -5m", 2, "in the future"},
		{"history extra", 2, ""},
	} {
		var stdout, stderr await.Buffer
		code := run(t.Context(), strings.Fields(test.args), strings.NewReader(""), &stdout, &stderr)
		if code != test.code || !strings.Contains(stderr.String(), test.says) {
			t.Errorf("%q: exit code %d, want %d; stderr: %s", test.args, code, test.code, stderr.String())
		}
	}
}

// A guard beside a real node that requires TLS: it prints, serves, keeps, and ends.
func TestAGuardBesideANode(t *testing.T) {
	addresses := ports.Addresses(t, 2)
	files := certtest.New(t).Files("127.0.0.1")
	n, err := node.New(node.Config{
		App: "orders", Address: addresses[0], Hosts: discovery.Static{addresses[0]},
		TLS: &node.TLS{Mode: node.TLSRequire, Cert: files.Cert, Key: files.Key, CA: files.CA},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if err := n.Bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "guard.db")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var stdout, stderr await.Buffer
	code := make(chan int, 1)
	go func() {
		args := []string{"--tls-cert", files.Cert, "--tls-key", files.Key, "--tls-ca", files.CA, "--mode", "ask", "--http", addresses[1], "--store", file, "--every", "100ms", addresses[0]}
		code <- run(ctx, args, strings.NewReader("maybe\n"), &stdout, &stderr)
	}()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	await.Until(t, await.Patience, func() string {
		response, err := client.Get("http://" + addresses[1] + "/api/v1/state")
		if err != nil {
			return err.Error()
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body) // what is missing is seen below
		if !strings.Contains(string(body), `"app":"orders"`) || !strings.Contains(stdout.String(), "began to watch a ring of 1 members") {
			return fmt.Sprintf("%s\n%s\n%s", body, stdout.String(), stderr.String())
		}
		return ""
	})
	var history, errors await.Buffer
	if got := run(t.Context(), []string{"history", "--store", file, "--json"}, nil, &history, &errors); got != 0 {
		t.Errorf("history, beside the guard: exit code %d: %s", got, errors.String())
	}
	var e timeline.Event
	if err := json.Unmarshal([]byte(history.String()), &e); err != nil || e.Kind != timeline.Started || e.ID != 1 {
		t.Errorf("history: %v %s", err, history.String())
	}
	var second await.Buffer
	if got := run(t.Context(), []string{"--store", file, addresses[0]}, nil, &second, &second); got != 1 || !strings.Contains(second.String(), store.ErrLocked.Error()) {
		t.Errorf("a second guard: exit code %d: %s", got, second.String())
	}
	stop()
	if got := <-code; got != 0 {
		t.Errorf("exit code %d: %s", got, stderr.String())
	}
	if !strings.Contains(stderr.String(), "Type yes, or no.") {
		t.Errorf("maybe was taken: %s", stderr.String())
	}
}

// What a node sends must reach the command as data, and the command only.
func TestTheCommandIsToldOfSplits(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	h, err := newHooks(`printf '%s|%s|' "$RINGMEND_EVENT" "$RINGMEND_TEXT" >> `+out+`; cat >> `+out, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	nasty := "$(touch /tmp/owned); `id` '\""
	h.tell([]timeline.Event{{Kind: timeline.Joined, Text: "no"}, {Kind: timeline.SplitBegan, Text: nasty}, {Kind: timeline.SplitEnded, Text: "b"}})
	h.close()
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "split-began|"+nasty+"|{") || !strings.HasPrefix(lines[1], "split-ended|b|{") {
		t.Errorf("%q", lines)
	}
}

func TestWebhooks(t *testing.T) {
	var calls atomic.Int32
	got := make(chan timeline.Event, 5)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 {
			http.Error(w, "not yet", http.StatusServiceUnavailable)
			return
		}
		var e timeline.Event
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			t.Error(err)
		}
		got <- e
	}))
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()
	h, err := newHooks("", []string{server.URL}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	h.tell([]timeline.Event{{Kind: timeline.SplitBegan, Text: "split into 3 | 2", Sides: []int{3, 2}}})
	if e := <-got; e.Text != "split into 3 | 2" || calls.Load() != 2 {
		t.Errorf("%+v after %d calls", e, calls.Load())
	}
	h.close()
}

// A hook that hangs keeps neither the guard nor its end waiting.
func TestAHookThatHangs(t *testing.T) {
	var log await.Buffer
	h, err := newHooks("sleep 1000", nil, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 * maxQueued {
		h.tell([]timeline.Event{{Kind: timeline.SplitBegan}})
	}
	if !strings.Contains(log.String(), "too slow") {
		t.Errorf("nothing is said: %s", log.String())
	}
	h.close()
}

func TestSince(t *testing.T) {
	now := time.Date(2026, 11, 28, 14, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"90m": now.Add(-90 * time.Minute), "2026-11-28": now.Add(-14 * time.Hour), "2026-11-28 03:00": now.Add(-11 * time.Hour),
		"2026-11-28T03:00:00Z": now.Add(-11 * time.Hour), "0s": now,
	} {
		if got, err := parseSince(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

func TestWhatNodesSendCannotMoveTheCursor(t *testing.T) {
	if got := printable("a\x1b[2Jb\nc\u009bd\u007fé"); got != "a\uFFFD[2Jb\uFFFDc\uFFFDd\uFFFDé" {
		t.Errorf("%q", got)
	}
}
