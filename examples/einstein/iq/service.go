package iq

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/forward"
	"github.com/ringmend/ringmend/node/forward/onhttp"
)

// httpLabel is the label by which a member says where it serves HTTP.
const httpLabel = "http"

// MaxNameLength is the longest name, in bytes.
const MaxNameLength = 200

// Config configures a service. Node, Downing, HTTP and Store are required.
type Config struct {
	// Node is the configuration of the node but for its resolver's strategy, its label, and
	// its listener, which are the service's.
	Node node.Config
	// Downing is what happens to the names of nodes that are not reached.
	Downing Downing
	// HTTP is the host:port at which the other nodes find this one's handler.
	HTTP string
	// Store remembers. The service closes it, also when New fails.
	Store Store
	// Client makes requests to other nodes. Default: that of package onhttp.
	Client *http.Client
	// AttemptTimeout bounds one request to another node, and Patience how long it is tried
	// again. Defaults: those of package forward.
	AttemptTimeout, Patience time.Duration
}

// Service is one node.
type Service struct {
	Node    *node.Node
	downing Downing
	store   Store
	handler http.Handler
	history history
	log     *slog.Logger
}

// New makes a service. Its node listens, and has to be bootstrapped.
func New(c Config) (*Service, error) {
	s := &Service{downing: c.Downing, store: c.Store, log: c.Node.Logger}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	c.Node.Resolve.Strategy = c.Downing.strategy
	c.Node.Labels = map[string]string{httpLabel: c.HTTP}
	var err error
	if s.Node, err = node.New(c.Node); err != nil {
		return nil, errors.Join(err, s.store.Close())
	}
	if err := s.build(c); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if c.Downing.takeOver {
		s.Node.AddListener(s.follow)
	}
	return s, nil
}

func (s *Service) build(c Config) error {
	options := c.Downing.options(s.Node)
	options.AttemptTimeout, options.Patience = c.AttemptTimeout, c.Patience
	forwarder, err := forward.New(options)
	if err != nil {
		return err
	}
	names, err := onhttp.New(http.HandlerFunc(s.serveName), onhttp.Options{
		Forwarder: forwarder,
		Keys: func(r *http.Request) ([]string, error) {
			return []string{r.PathValue("name")}, checkName(r.PathValue("name"))
		},
		Locate: onhttp.ByLabel(s.Node, httpLabel),
		Client: c.Client,
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /iq/{name}", s.arrive(names))
	mux.HandleFunc("GET /history", s.history.serve)
	mux.HandleFunc("GET /readyz", s.serveReady)
	// A fenced node lives: to start it again would not help it.
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	s.handler = mux
	return nil
}

// ServeHTTP implements http.Handler.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close closes the node and the store.
func (s *Service) Close() error {
	err := s.Node.Close()
	<-s.Node.Done()
	return errors.Join(err, s.store.Close())
}

// follow forgets what others may assign from now on.
func (s *Service) follow(e node.Event) {
	switch e := e.(type) {
	case resolve.StateChanged:
		if e.To == resolve.Lost {
			s.store.Forget(func(string) bool { return false })
		}
	case node.RingChanged:
		s.store.Forget(func(name string) bool {
			owner, ok := s.Node.Lookup(name)
			return ok && owner == s.Node.Address()
		})
	}
}

// arrivedHeader names the node at which a client's request has arrived.
const arrivedHeader = "Einstein-Served-By"

func (s *Service) arrive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Ringmend-Hops") == "" {
			r.Header.Set(arrivedHeader, s.Node.Address())
		}
		next.ServeHTTP(w, r)
	})
}

func checkName(name string) error {
	switch {
	case name == "" || len(name) > MaxNameLength:
		return fmt.Errorf("a name has 1 to %d bytes", MaxNameLength)
	case !utf8.ValidString(name):
		return errors.New("the name is not UTF-8")
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return errors.New("the name has characters that cannot be printed")
		}
	}
	return nil
}

// Answer is the answer to a request for a name.
type Answer struct {
	Name string `json:"name"`
	Entry
	Owner    string `json:"owner"`     // the node that accepted the request
	ServedBy string `json:"served_by"` // the node that was asked
	Epoch    uint64 `json:"epoch"`     // grows with the decisions of the resolver; 0 without one
}

// serveName answers for a name that this node owns.
func (s *Service) serveName(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	answer, err := s.assign(r.Context(), name)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	answer.ServedBy = r.Header.Get(arrivedHeader)
	s.history.add(answer)
	writeJSON(w, http.StatusOK, answer)
}

func (s *Service) assign(ctx context.Context, name string) (Answer, error) {
	if _, err := s.downing.accept(s.Node, name); err != nil {
		return Answer{}, err
	}
	entry, err := s.store.Assign(ctx, name, draw())
	if err != nil {
		s.log.Warn("a name is not answered", "name", name, "error", err)
		return Answer{}, err
	}
	// The store may have taken long, and the process may have been stopped.
	epoch, err := s.downing.accept(s.Node, name)
	return Answer{Name: name, Entry: entry, Owner: s.Node.Address(), Epoch: epoch}, err
}

// Ready is what a node says of itself at /readyz.
type Ready struct {
	Ready bool   `json:"ready"`
	Why   string `json:"why,omitempty"` // it is not
	// Reachable are members that are reached, this one included; Known are all.
	Reachable int `json:"reachable"`
	Known     int `json:"known"`
	// Settled are members that count for their side when the resolver decides; absent
	// without one.
	Settled *int `json:"settled,omitempty"`
}

func (s *Service) serveReady(w http.ResponseWriter, _ *http.Request) {
	ready, status := Ready{Ready: true, Reachable: s.Node.CountReachable(), Known: s.Node.Len()}, http.StatusOK
	if err := s.Node.Serving(); err != nil {
		ready.Ready, ready.Why, status = false, err.Error(), http.StatusServiceUnavailable
	}
	if s.downing.strategy != 0 {
		settled := 0
		for _, m := range s.Node.ResolveStatus().Members {
			if m.Counts {
				settled++
			}
		}
		ready.Settled = &settled
	}
	writeJSON(w, status, ready)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the client may be gone
}

// MaxHistory is how many answers a node remembers for /history; older ones are forgotten.
const MaxHistory = 10_000

// history is the answers that this node gave for names that it owned.
type history struct {
	mu      sync.Mutex
	next    int
	answers []record
}

type record struct {
	Time time.Time `json:"time"`
	Answer
}

func (h *history) add(a Answer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := record{time.Now(), a}
	if len(h.answers) < MaxHistory {
		h.answers = append(h.answers, r)
		return
	}
	h.answers[h.next] = r
	h.next = (h.next + 1) % MaxHistory
}

// serve writes the history, oldest first, one line each.
func (h *history) serve(w http.ResponseWriter, _ *http.Request) {
	h.mu.Lock()
	all := append(append([]record{}, h.answers[h.next:]...), h.answers[:h.next]...)
	h.mu.Unlock()
	w.Header().Set("Content-Type", "application/x-ndjson")
	encoder := json.NewEncoder(w)
	for _, r := range all {
		if encoder.Encode(r) != nil {
			return
		}
	}
}
