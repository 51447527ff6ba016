package guardpage_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/guard/explain"
	"github.com/ringmend/ringmend/guard/timeline"
	"github.com/ringmend/ringmend/guard/watch"
	"github.com/ringmend/ringmend/guard/web"
	"github.com/ringmend/ringmend/node/wire"
)

// simRing answers for many nodes, in memory.
type simRing struct {
	mu      sync.Mutex
	parts   int
	nodes   int
	labels  map[wire.Address]map[string]string
	garbage map[wire.Address][]byte
	bodies  map[int][]byte // of /admin/stats, by part
}

func address(i int) wire.Address { return wire.Address(fmt.Sprintf("10.1.%d.%d:3000", i/200, i%200+1)) }

// set parts the ring.
func (r *simRing) set(parts int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parts = parts
	r.bodies = make(map[int][]byte)
	for part := range parts {
		var members []wire.Member
		for i := range r.nodes {
			m := wire.Member{Address: address(i), Incarnation: 1795866752639, Labels: r.labels[address(i)]}
			if r.part(i) != part {
				m.Status = wire.Faulty
			}
			members = append(members, m)
		}
		slices.SortFunc(members, func(a, b wire.Member) int { return admin.CompareAddresses(a.Address, b.Address) })
		body, err := wire.Marshal(&wire.Stats{Membership: wire.MembershipStats{Checksum: wire.Checksum(wire.FlavourGo, members), Members: members}})
		if err != nil {
			panic(err) // plain values
		}
		r.bodies[part] = body
	}
}

func (r *simRing) part(i int) int { return i * r.parts / r.nodes }

// Call implements admin.Caller.
func (r *simRing) Call(_ context.Context, to, endpoint string, _ []byte) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var a, b, c, d int
	if _, err := fmt.Sscanf(to, "%d.%d.%d.%d:", &a, &b, &c, &d); err != nil {
		return nil, err
	}
	if body, ok := r.garbage[wire.Address(to)]; ok {
		return body, nil
	}
	if endpoint == wire.EndpointStats {
		return r.bodies[r.part(c*200+d-1)], nil
	}
	return nil, &wire.RemoteError{Message: "A node tried joining a different app cluster. The expected app, <i>orders</i>, did not match the actual app ,ringmend-guard-asks-for-the-name-of-the-app"}
}

// serve watches a ring and serves its page, and returns its URL and what stops the
// server alone.
func serve(t *testing.T, r *simRing) (url string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	var mu sync.Mutex
	var all []timeline.Event
	history := func(time.Time, int) ([]timeline.Event, error) {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all), nil
	}
	server := web.New(web.Config{Logger: log, Registry: prometheus.NewRegistry(), History: history})
	var follower timeline.Follower
	explainer := explain.New()
	w, err := watch.New(watch.Config{
		Caller: r, Every: 200 * time.Millisecond, Logger: log,
		Hosts: func(context.Context) ([]wire.Address, error) {
			return []wire.Address{address(0), address(r.nodes - 1)}, nil
		},
		Looked: func(s *watch.State) {
			events := follower.Looked(timeline.Look{At: s.At, Err: s.Err, Cluster: s.Cluster, Verdict: s.Verdict})
			mu.Lock()
			for i := range events {
				events[i].ID = uint64(len(all) + 1)
				all = append(all, events[i])
			}
			mu.Unlock()
			server.Happened(events)
			server.Looked(s, explainer.Looked(s.At, s.Cluster, s.Verdict), follower.Split())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	watching, end := context.WithCancel(context.Background())
	serving, stopServer := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { w.Run(watching) })
	running.Go(func() {
		if err := server.Serve(serving, l); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { end(); stopServer(); running.Wait() })
	return "http://" + l.Addr().String() + "/", stopServer
}
