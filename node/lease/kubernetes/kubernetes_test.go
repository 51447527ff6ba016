package kubernetes

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/lease"
	"github.com/ringmend/ringmend/node/lease/leasetest"
)

// server is an API server as far as Lease objects go.
type server struct {
	mu      sync.Mutex
	object  map[string]any // nil: there is none
	version int
	// before, when set, sees each request first, and may answer it.
	before func(w http.ResponseWriter, r *http.Request) (answered bool)
}

const leases = "/apis/coordination.k8s.io/v1/namespaces/shop/leases"

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.before != nil && s.before(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var sent map[string]any
	if r.Method != http.MethodGet {
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			status(w, http.StatusBadRequest, err.Error())
			return
		}
	}
	switch method := r.Method + " " + r.URL.Path; {
	case r.Header.Get("Authorization") != "Bearer secret":
		status(w, http.StatusUnauthorized, "Unauthorized")
	case method == "GET "+leases+"/ring" && s.object == nil:
		status(w, http.StatusNotFound, `leases.coordination.k8s.io "ring" not found`)
	case method == "GET "+leases+"/ring":
		_ = json.NewEncoder(w).Encode(s.object)
	case method == "POST "+leases && s.object != nil:
		status(w, http.StatusConflict, `leases.coordination.k8s.io "ring" already exists`)
	case method == "POST "+leases:
		s.store(sent)
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(s.object)
	case method == "PUT "+leases+"/ring":
		if given := sent["metadata"].(map[string]any)["resourceVersion"]; s.object == nil || given != fmt.Sprint(s.version) {
			status(w, http.StatusConflict, "the object has been modified; please apply your changes to the latest version and try again")
			return
		}
		s.store(sent)
		_ = json.NewEncoder(w).Encode(s.object)
	default:
		status(w, http.StatusNotFound, "no "+method)
	}
}

func (s *server) store(object map[string]any) {
	s.version++
	object["metadata"].(map[string]any)["resourceVersion"] = fmt.Sprint(s.version)
	s.object = object
}

func status(w http.ResponseWriter, code int, message string) {
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]any{"kind": "Status", "status": "Failure", "message": message, "code": code})
}

// open starts a server and returns what makes clients of it.
func open(t *testing.T, s *server) func() lease.Lease {
	t.Helper()
	listening := httptest.NewServer(s)
	t.Cleanup(listening.Close)
	return func() lease.Lease {
		l, err := New(Config{
			URL: listening.URL, Namespace: "shop", Name: "ring",
			Token: func() (string, error) { return "secret", nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(l.cfg.Client.CloseIdleConnections)
		return l
	}
}

func TestLease(t *testing.T) {
	leasetest.Run(t, func(t *testing.T) func() lease.Lease { return open(t, new(server)) })
}

// An object that operators have made, with labels and owners of theirs, stays theirs.
func TestObjectMadeByOthers(t *testing.T) {
	s := &server{version: 7, object: map[string]any{
		"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
		"metadata": map[string]any{"name": "ring", "resourceVersion": "7", "labels": map[string]any{"team": "shop"}, "uid": "u"},
		"spec":     map[string]any{"leaseDurationSeconds": 15},
	}}
	l := open(t, s)()
	if _, err := l.Advance(t.Context(), 0, leasetest.Record(1, 2)); err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(s.object)
	for _, want := range []string{`"team":"shop"`, `"uid":"u"`, `"leaseDurationSeconds":15`, `"leaseTransitions":1`, `"ringmend/members":"[\"10.0.0.0:3000\",\"10.0.0.1:3000\"]"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
}

// What the server refuses has a name where an operator must do something, and is never taken
// for a race that was lost.
func TestRefusals(t *testing.T) {
	for code, want := range map[int]error{
		http.StatusUnauthorized: ErrUnauthorized, http.StatusForbidden: ErrForbidden, http.StatusInternalServerError: nil,
		http.StatusTooManyRequests: nil, http.StatusFound: nil, http.StatusServiceUnavailable: nil,
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			s := &server{before: func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != method {
					return false
				}
				w.Header().Set("Location", "http://127.0.0.1:1/stolen")
				status(w, code, "leases is forbidden: \x1b[2J"+strings.Repeat("x", 5000))
				return true
			}}
			_, err := open(t, s)().Advance(t.Context(), 0, leasetest.Record(1, 1))
			if err == nil || errors.Is(err, lease.ErrConflict) || want != nil && !errors.Is(err, want) {
				t.Errorf("%d to a %s: %v", code, method, err)
			} else if text := err.Error(); len(text) > 600 || strings.Contains(text, "\x1b") || !strings.Contains(text, fmt.Sprint(code)) {
				t.Errorf("%d to a %s: %q", code, method, text)
			}
		}
	}
}

// Whether a write came through is not known when its answer is lost.
func TestLostAnswers(t *testing.T) {
	s := new(server)
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		s.before = nil
		s.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler) // the connection breaks
	}
	l := open(t, s)()
	if _, err := l.Advance(t.Context(), 0, leasetest.Record(1, 1)); err == nil || errors.Is(err, lease.ErrConflict) {
		t.Errorf("the answer was lost: %v", err)
	}
	if r, err := l.Read(t.Context()); err != nil || r.Epoch != 1 {
		t.Errorf("and then: %+v, %v", r, err)
	}
}

func TestServerThatHangs(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	s := &server{before: func(http.ResponseWriter, *http.Request) bool { <-hang; return true }}
	listening := httptest.NewServer(s)
	defer func() { hang <- struct{}{}; listening.Close() }()
	l, err := New(Config{URL: listening.URL, Namespace: "shop", Name: "ring"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := l.Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("read: %v", err)
	}
}

func TestAnswersThatMakeNoSense(t *testing.T) {
	for name, answer := range map[string]string{
		"no JSON":            "<html>",
		"other members":      `{"metadata":{"annotations":{"ringmend/members":"[\"10.0.0.1:1\"]"}},"spec":{"holderIdentity":"x","leaseTransitions":1}}`,
		"members of another": `{"metadata":{"annotations":{"ringmend/members":"me"}}}`,
		"no addresses":       `{"metadata":{"annotations":{"ringmend/members":"[\"a\"]"}},"spec":{"leaseTransitions":1}}`,
		"a negative epoch":   `{"metadata":{"annotations":{"ringmend/members":"[\"10.0.0.1:1\"]"}},"spec":{"leaseTransitions":-1}}`,
		"a flood":            `"` + strings.Repeat("x", mostAnswer) + `"`,
	} {
		s := &server{before: func(w http.ResponseWriter, _ *http.Request) bool { _, _ = io.WriteString(w, answer); return true }}
		if r, err := open(t, s)().Read(t.Context()); err == nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestConfigsThatMakeNoSense(t *testing.T) {
	for _, cfg := range []Config{
		{}, {URL: "10.0.0.1", Namespace: "a", Name: "b"}, {URL: "https://a", Namespace: "", Name: "b"}, {URL: "https://a", Namespace: "a", Name: "../pods"},
		{URL: "https://a", Namespace: "a", Name: "B"}, {URL: "ftp://a", Namespace: "a", Name: "b"}, {URL: "https://%zz", Namespace: "a", Name: "b"},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}

// A pod is told all by its environment, and its token is read anew each time.
func TestInCluster(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	if _, err := inCluster(dir, "", "ring"); !errors.Is(err, ErrNotInCluster) {
		t.Errorf("outside: %v", err)
	}
	s := new(server)
	listening := httptest.NewTLSServer(s)
	defer listening.Close()
	host, port, _ := net.SplitHostPort(listening.Listener.Addr().String())
	t.Setenv("KUBERNETES_SERVICE_HOST", host)
	t.Setenv("KUBERNETES_SERVICE_PORT", port)
	if _, err := inCluster(dir, "", "ring"); !errors.Is(err, ErrNotInCluster) {
		t.Errorf("without an account: %v", err)
	}
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("ca.crt", "nonsense")
	if _, err := inCluster(dir, "", "ring"); err == nil {
		t.Error("a file without certificate is accepted")
	}
	write("ca.crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: listening.Certificate().Raw})))
	write("namespace", "shop\n")
	cfg, err := inCluster(dir, "", "ring")
	if err != nil {
		t.Fatal(err)
	}
	l, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer cfg.Client.CloseIdleConnections()
	if _, err := l.Read(t.Context()); err == nil {
		t.Error("it reads without a token")
	}
	write("token", "old")
	if _, err := l.Read(t.Context()); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("with an old token: %v", err)
	}
	write("token", "secret\n")
	if _, err := l.Read(t.Context()); err != nil {
		t.Errorf("with the token: %v", err)
	}
}
