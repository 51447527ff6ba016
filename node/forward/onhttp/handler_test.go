package onhttp_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node/forward"
	"github.com/ringmend/ringmend/node/forward/onhttp"
	"github.com/ringmend/ringmend/node/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is one of several that own keys. It is a member by the name of its address.
type server struct {
	*httptest.Server
	name string
	own  sync.Map // owners of keys in the view of this one only
}

// fleet starts servers that forward to each other, of which all handle requests by handle.
func fleet(t *testing.T, n int, owners *sync.Map, o forward.Options, handle func(name string, w http.ResponseWriter, r *http.Request)) []*server {
	t.Helper()
	var servers []*server
	locate := func(address string) (string, error) {
		for _, s := range servers {
			if s.name == address {
				return s.Listener.Addr().String(), nil
			}
		}
		return "", errors.New("unknown member")
	}
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	for i := range n {
		s := &server{name: fmt.Sprint("node-", i)}
		o := o
		o.Self = s.name
		o.Owner = func(key string) (string, error) {
			for _, view := range []*sync.Map{&s.own, owners} {
				if owner, ok := view.Load(key); ok {
					return owner.(string), nil
				}
			}
			return "", errors.New("no member owns it")
		}
		f, err := forward.New(o)
		if err != nil {
			t.Fatal(err)
		}
		h, err := onhttp.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(s.name, w, r) }), onhttp.Options{
			Forwarder: f, Locate: locate, Client: client, MaxBody: 1000,
			Keys: func(r *http.Request) ([]string, error) {
				key := r.URL.Query().Get("key")
				if key == "" {
					return nil, errors.New("no key")
				}
				return strings.Split(key, ","), nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Server = httptest.NewServer(h)
		t.Cleanup(s.Close)
		servers = append(servers, s)
	}
	return servers
}

func do(t *testing.T, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(answer)
}

// A request comes to the owner as it was made, and so does the answer, whichever node was
// asked.
func TestTheOwnerAnswers(t *testing.T) {
	owners := new(sync.Map)
	servers := fleet(t, 2, owners, forward.Options{}, func(name string, w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for header, values := range r.Header {
			if strings.HasPrefix(header, "Ringmend") {
				t.Errorf("the handler sees %s: %v", header, values)
			}
		}
		w.Header().Set("By", name)
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "%s %s %s %s %s trace=%s deadline=%v", r.Method, r.Host, r.URL.Path, r.URL.RawQuery, body, r.Header.Get("Traceparent"), isLimited(r))
	})
	owners.Store("k", "node-1")
	for i, s := range servers {
		response, body := do(t, "POST", s.URL+"/a%20b?key=k&x=1", "hello", "Traceparent", "00-abc", "Connection", "X-Secret", "X-Secret", "s")
		host := s.Listener.Addr().String()
		want := fmt.Sprintf("POST %s /a b key=k&x=1 hello trace=00-abc deadline=%v", host, i == 0)
		if response.StatusCode != http.StatusTeapot || response.Header.Get("By") != "node-1" || body != want {
			t.Errorf("by %s: %d %v\n%s, want\n%s", s.name, response.StatusCode, response.Header, body, want)
		}
	}
}

func isLimited(r *http.Request) bool { _, limited := r.Context().Deadline(); return limited }

// The status tells whether a request may have been executed.
func TestStatuses(t *testing.T) {
	owners := new(sync.Map)
	block := make(chan struct{})
	var crashed atomic.Int32
	servers := fleet(t, 3, owners, forward.Options{Patience: -1, MaxHops: 1, AttemptTimeout: await.Patience}, func(_ string, w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/crash":
			crashed.Add(1)
			panic(http.ErrAbortHandler)
		case "/long":
			fmt.Fprint(w, strings.Repeat("x", 1001))
		case "/slow":
			select {
			case <-r.Context().Done():
			case <-block:
			}
		}
	})
	defer close(block)
	owners.Store("theirs", "node-1")
	owners.Store("third", "node-2")
	owners.Store("nowhere", "node-9")
	servers[0].own.Store("undecided", "node-1")
	servers[1].own.Store("undecided", "node-2")
	for _, test := range []struct {
		path, key, body string
		status          int
		executed        string
	}{
		{"/", "theirs", "", 200, ""},
		{"/", "", "", 400, ""},
		{"/", "theirs,third", "", 503, "no"},
		{"/", "unowned", "", 503, "no"},
		{"/", "nowhere", "", 503, "no"},
		{"/", "undecided", "", 503, "no"},
		{"/crash", "theirs", "", 502, "perhaps"},
		{"/long", "theirs", "", 502, ""},
		{"/", "theirs", strings.Repeat("x", 1001), 413, ""},
	} {
		response, body := do(t, "POST", servers[0].URL+test.path+"?key="+test.key, test.body)
		if got := response.Header.Get("Ringmend-Executed"); response.StatusCode != test.status || got != test.executed {
			t.Errorf("%s %s: %d, executed %q, %s", test.path, test.key, response.StatusCode, got, body)
		}
	}
	response, body := do(t, "POST", servers[0].URL+"/slow?key=theirs", "", "Ringmend-Hops", "1", "Ringmend-Timeout", "1")
	if response.StatusCode != 503 { // it has been forwarded often enough
		t.Errorf("after the last hop: %d %s", response.StatusCode, body)
	}
	if response, _ := do(t, "GET", servers[0].URL+"/?key=theirs", "", "Ringmend-Hops", "none"); response.StatusCode != 400 {
		t.Errorf("hops that are no number: %d", response.StatusCode)
	}
	if n := crashed.Load(); n != 1 {
		t.Errorf("a POST that may have been executed was sent %d times", n)
	}
}

// The time that is left goes along.
func TestDeadline(t *testing.T) {
	owners := new(sync.Map)
	left := make(chan time.Duration, 1)
	servers := fleet(t, 2, owners, forward.Options{AttemptTimeout: time.Hour}, func(_ string, _ http.ResponseWriter, r *http.Request) {
		deadline, _ := r.Context().Deadline()
		left <- time.Until(deadline)
	})
	owners.Store("k", "node-1")
	do(t, "GET", servers[0].URL+"/?key=k", "")
	if got := <-left; got < 50*time.Minute || got > time.Hour {
		t.Errorf("%v are left of an hour", got)
	}
}

// A GET that may have been executed is sent again; a POST is with an Idempotency-Key.
func TestIdempotentRequests(t *testing.T) {
	owners := new(sync.Map)
	var calls atomic.Int32
	servers := fleet(t, 2, owners, forward.Options{Patience: await.Patience}, func(_ string, w http.ResponseWriter, r *http.Request) {
		if calls.Add(1)%3 != 0 {
			panic(http.ErrAbortHandler)
		}
		body, _ := io.ReadAll(r.Body)
		w.Write(body)
	})
	owners.Store("k", "node-1")
	for _, headers := range [][]string{nil, {"Idempotency-Key", "1"}} {
		method := "PUT"
		if headers != nil {
			method = "POST"
		}
		calls.Store(0)
		if response, body := do(t, method, servers[0].URL+"/?key=k", "hello", headers...); response.StatusCode != 200 || body != "hello" {
			t.Errorf("%s: %d %s", method, response.StatusCode, body)
		}
		// net/http itself sends some of them again.
		if n := calls.Load(); n != 3 {
			t.Errorf("%s: %d calls", method, n)
		}
	}
}

// Nothing has been sent when the connection is refused: any request waits for the next owner.
func TestAnyRequestWaitsForTheNextOwner(t *testing.T) {
	owners := new(sync.Map)
	servers := fleet(t, 3, owners, forward.Options{Patience: await.Patience}, func(name string, w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, name) })
	owners.Store("k", "node-1")
	servers[1].Close()
	var refused atomic.Bool
	time.AfterFunc(100*time.Millisecond, func() { refused.Store(true); owners.Store("k", "node-2") })
	if response, body := do(t, "POST", servers[0].URL+"/?key=k", ""); response.StatusCode != 200 || body != "node-2" || !refused.Load() {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}

type members map[string]wire.Member

func (m members) Member(address string) (wire.Member, bool) {
	member, ok := m[address]
	return member, ok
}

func TestByLabel(t *testing.T) {
	locate := onhttp.ByLabel(members{"a:1": {Labels: map[string]string{"http": "a:80"}}, "b:1": {}}, "http")
	if got, err := locate("a:1"); err != nil || got != "a:80" {
		t.Errorf("%s, %v", got, err)
	}
	for _, address := range []string{"b:1", "c:1"} {
		if got, err := locate(address); err == nil {
			t.Errorf("%s is at %q", address, got)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	if _, err := onhttp.New(nil, onhttp.Options{}); !errors.Is(err, forward.ErrOptions) {
		t.Errorf("%v", err)
	}
}
