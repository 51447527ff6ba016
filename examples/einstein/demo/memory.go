package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/ringmend/ringmend/examples/einstein/iq"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
)

// InMemory is nodes in this process. They talk through a network in memory, which
// [InMemory.Cut] cuts: calls across the cut wait until they time out.
type InMemory struct {
	gossip   memnet.Network
	services []*iq.Service

	mu  sync.Mutex
	cut bool
}

// address returns what a node is known by, and where its handler is found. Only the network in
// memory knows such addresses.
func address(i int) string { return fmt.Sprintf("10.0.0.%d:3000", i+1) }

// NewInMemory starts the nodes of a row. open opens the store of each.
func NewInMemory(ctx context.Context, row Row, open func() (iq.Store, error), logger *slog.Logger) (*InMemory, error) {
	m := new(InMemory)
	var hosts discovery.Static
	for i := range Nodes {
		hosts = append(hosts, address(i))
	}
	for i := range Nodes {
		store, err := open()
		if err != nil {
			return nil, errors.Join(err, m.Close())
		}
		config := iq.Config{
			Node: node.Config{
				App: "einstein", Address: address(i), Hosts: hosts, Transport: m.gossip.NewTransport(), Logger: logger,
				Protocol: Timing.Protocol(),
			},
			Downing: row.Downing, HTTP: address(i), Store: cutStore{store, m, i},
			Client:         &http.Client{Transport: wire{m, i}},
			AttemptTimeout: Timing.Attempt, Patience: Timing.Patience,
		}
		if row.Downing.Strategy() != 0 {
			config.Node.Resolve = Timing.Resolve()
		}
		service, err := iq.New(config)
		if err != nil {
			return nil, errors.Join(err, m.Close())
		}
		m.services = append(m.services, service)
	}
	errs := make([]error, Nodes)
	var wg sync.WaitGroup
	for i, s := range m.services {
		wg.Go(func() { errs[i] = s.Node.Bootstrap(ctx) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// Get implements [Network].
func (m *InMemory) Get(ctx context.Context, node int, path string) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address(node)+path, nil)
	if err != nil {
		return 0, nil, err
	}
	answer, err := m.serve(node, r)
	if err != nil {
		return 0, nil, err
	}
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

// serve has a node answer a request.
func (m *InMemory) serve(node int, r *http.Request) (*http.Response, error) {
	answered := make(chan *http.Response, 1)
	go func() {
		w := httptest.NewRecorder()
		w.Body = new(bytes.Buffer)
		m.services[node].ServeHTTP(w, r)
		answered <- w.Result()
	}()
	select {
	case answer := <-answered:
		return answer, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// Cut implements [Network].
func (m *InMemory) Cut() error { m.setCut(true); return nil }

// Mend implements [Network].
func (m *InMemory) Mend() error { m.setCut(false); return nil }

func (m *InMemory) setCut(cut bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cut = cut
	change := m.gossip.Mend
	if cut {
		change = m.gossip.Cut
	}
	for i := 1; i < Nodes; i++ {
		change(address(0), address(i))
	}
}

// apart reports whether two nodes are cut off from each other; the last node's side has the
// store.
func (m *InMemory) apart(a, b int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cut && (a == 0) != (b == 0)
}

// Close implements [Network].
func (m *InMemory) Close() error {
	errs := make([]error, len(m.services))
	var wg sync.WaitGroup
	for i, s := range m.services {
		wg.Go(func() { errs[i] = s.Close() })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// wire carries the requests of one node to the others.
type wire struct {
	m    *InMemory
	from int
}

// RoundTrip implements http.RoundTripper.
func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	for i := range w.m.services {
		if address(i) != r.URL.Host {
			continue
		}
		if w.m.apart(w.from, i) {
			return nil, wait(r.Context())
		}
		r = r.Clone(r.Context())
		r.RequestURI = r.URL.RequestURI()
		return w.m.serve(i, r)
	}
	return nil, &net.AddrError{Err: "no such node", Addr: r.URL.Host}
}

func wait(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// cutStore is a store that the first node does not reach while it is cut off, if it is outside
// of the node.
type cutStore struct {
	iq.Store
	m    *InMemory
	node int
}

// storeTimeout is how long a request to the store may take.
const storeTimeout = time.Second

func (c cutStore) Assign(ctx context.Context, name string, fresh iq.Entry) (iq.Entry, error) {
	if iq.Shared(c.Store) && c.m.apart(c.node, Nodes-1) {
		ctx, cancel := context.WithTimeout(ctx, storeTimeout)
		defer cancel()
		return iq.Entry{}, wait(ctx)
	}
	return c.Store.Assign(ctx, name, fresh)
}
