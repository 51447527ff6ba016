package watch_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/guard/watch"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ring is nodes in memory that do not heal by themselves.
type ring struct {
	t       *testing.T
	network *memnet.Network
	hosts   discovery.Static
	nodes   []*node.Node
}

func startRing(t *testing.T, n int) *ring {
	t.Helper()
	r := &ring{t: t, network: new(memnet.Network)}
	for i := range n {
		r.hosts = append(r.hosts, fmt.Sprintf("10.0.0.%d:3000", i+1))
	}
	r.start()
	r.await("one ring", time.Minute, func() bool { return r.alive() == n*n })
	return r
}

// start starts the nodes and waits until they have joined.
func (r *ring) start() {
	t := r.t
	t.Helper()
	for _, host := range r.hosts {
		node, err := node.New(node.Config{
			App: "orders", Address: host, Hosts: r.hosts, Transport: r.network.NewTransport(),
			Protocol: node.Protocol{Ringpop: true, Healing: node.Healing{Disabled: true}},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { node.Close() })
		r.nodes = append(r.nodes, node)
	}
	var joining sync.WaitGroup
	for _, n := range r.nodes {
		joining.Go(func() {
			if err := n.Bootstrap(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	joining.Wait()
}

// alive counts, over all nodes, the members that they hold alive.
func (r *ring) alive() (n int) {
	for _, node := range r.nodes {
		for _, m := range node.Members() {
			if m.Status == wire.Alive {
				n++
			}
		}
	}
	return n
}

// await waits in the bubble's time.
func (r *ring) await(what string, limit time.Duration, ok func() bool) time.Duration {
	r.t.Helper()
	began := time.Now()
	for time.Since(began) < limit {
		if ok() {
			return time.Since(began)
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.t.Fatalf("%s: not within %v", what, limit)
	return 0
}

// cut cuts the ring, or mends it.
func (r *ring) cut(cut bool, parts ...[]int) {
	for i, part := range parts {
		for _, other := range parts[i+1:] {
			for _, a := range part {
				for _, b := range other {
					if cut {
						r.network.Cut(r.hosts[a], r.hosts[b])
					} else {
						r.network.Mend(r.hosts[a], r.hosts[b])
					}
				}
			}
		}
	}
}

// watching is a watcher that runs.
type watching struct {
	*watch.Watcher
	mu      sync.Mutex
	states  []*watch.State
	actions []watch.Action
	stop    func()
}

func (r *ring) watch(configure func(*watch.Config)) *watching {
	r.t.Helper()
	w := new(watching)
	transport := r.network.NewTransport()
	cfg := watch.Config{
		Caller: transport, Mode: watch.Heal, Seed: 1,
		Hosts: func(context.Context) ([]wire.Address, error) {
			return []wire.Address{wire.Address(r.hosts[0]), wire.Address(r.hosts[len(r.hosts)-1])}, nil
		},
		Looked: func(s *watch.State) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.states = append(w.states, s)
		},
		Acted: func(a watch.Action) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.actions = append(w.actions, a)
		},
	}
	if configure != nil {
		configure(&cfg)
	}
	var err error
	if w.Watcher, err = watch.New(cfg); err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	w.stop = func() { cancel(); <-done; transport.Close() }
	r.t.Cleanup(w.stop)
	return w
}

func (w *watching) did(what string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.actions {
		if a.What == what && a.Err == nil {
			n++
		}
	}
	return n
}

func split(w *watching) bool {
	s := w.State()
	return s != nil && s.Verdict != nil && s.Verdict.Condition == admin.Split
}

func TestAGuardMergesSides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 6)
		w := r.watch(nil)
		parts := [][]int{{0, 1, 2}, {3, 4, 5}}
		r.cut(true, parts...)
		r.await("a split", time.Minute, func() bool { return split(w) })
		time.Sleep(20 * time.Second)
		if w.did("merge") > 0 || !split(w) {
			t.Error("merged during the cut")
		}
		if n := len(w.State().Pairs); n != 1 {
			t.Errorf("%d pairs", n)
		}
		if app := w.State().App; app != "orders" {
			t.Errorf("the app is called %q", app)
		}
		r.cut(false, parts...)
		took := r.await("one ring", 10*time.Second, func() bool { return r.alive() == 36 })
		t.Logf("one ring %v after the network's return", took)
		time.Sleep(time.Minute)
		if r.alive() != 36 || w.did("merge") == 0 {
			t.Errorf("a minute later %d of 36 are alive; %d merges", r.alive(), w.did("merge"))
		}
	})
}

// Nothing is called but what looks at nodes, and asks once for the name of the app.
func TestAGuardOnlyLooksWhenNothingIsWrong(t *testing.T) {
	for _, mode := range []watch.Mode{watch.Observe, watch.Heal} {
		synctest.Test(t, func(t *testing.T) {
			r := startRing(t, 5)
			w := r.watch(func(c *watch.Config) { c.Mode = mode })
			time.Sleep(10 * time.Minute)
			for endpoint, n := range w.Calls() {
				if endpoint != wire.EndpointStats && !(endpoint == wire.EndpointJoin && n.Made <= 3) {
					t.Errorf("%s: %+v", endpoint, n)
				}
			}
			if len(w.actions) > 0 {
				t.Errorf("%+v", w.actions)
			}
			for _, n := range r.nodes {
				if got := len(n.Members()); got != 5 {
					t.Errorf("%s lists %d members", n.Address(), got)
				}
			}
		})
	}
}

func TestAGuardThatObservesDoesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 4)
		w := r.watch(func(c *watch.Config) { c.Mode = watch.Observe })
		parts := [][]int{{0, 1}, {2, 3}}
		r.cut(true, parts...)
		r.await("a split", time.Minute, func() bool { return split(w) })
		time.Sleep(20 * time.Second) // nothing is under way any more
		r.cut(false, parts...)
		time.Sleep(time.Minute)
		if !split(w) || w.Calls()[wire.EndpointPing].Made+w.Calls()[wire.EndpointPingReq].Made > 0 {
			t.Errorf("split: %t, calls: %v", split(w), w.Calls())
		}
		if p := w.State().Pairs; len(p) != 1 || len(p[0].Rebirths) != 4 || p[0].Relation != "parted" {
			t.Errorf("planned: %+v", p)
		}
	})
}

func TestAGuardThatAsksWaitsForAYes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 4)
		w := r.watch(func(c *watch.Config) { c.Mode = watch.Ask })
		parts := [][]int{{0, 1}, {2, 3}}
		again := func() {
			r.cut(true, parts...)
			r.await("a split", time.Minute, func() bool { return split(w) })
			time.Sleep(20 * time.Second)
			r.cut(false, parts...)
			time.Sleep(10 * time.Second)
			if !split(w) || w.State().Approved || len(w.actions) > 0 {
				t.Errorf("before the yes: split %t, %+v", split(w), w.State())
			}
			w.Approve(true)
			r.await("one ring", 10*time.Second, func() bool { return r.alive() == 16 && !split(w) })
		}
		again()
		w.actions = nil
		again() // the yes was for the first split
	})
}

func TestGuardsTogetherAreHarmless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 6)
		guards := []*watching{}
		for i := range 4 {
			guards = append(guards, r.watch(func(c *watch.Config) { c.Seed = uint64(i) + 1 }))
		}
		parts := [][]int{{0, 1}, {2, 3}, {4, 5}}
		r.cut(true, parts...)
		r.await("a split", time.Minute, func() bool { return split(guards[0]) })
		time.Sleep(5 * time.Second)
		guards[0].stop()
		r.cut(false, parts...)
		r.await("one ring", 10*time.Second, func() bool { return r.alive() == 36 })
		time.Sleep(time.Minute)
		if r.alive() != 36 {
			t.Errorf("a minute later %d of 36 are alive", r.alive())
		}
	})
}

// Two rings of one app that do not know each other are one when a name leads to both, as
// that of a headless service: each of its pods is one of the ring's.
func TestIslandsBehindOneNameAreMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3)
		island := &ring{t: t, network: r.network, hosts: discovery.Static{"10.0.0.9:3000"}}
		island.start()
		w := r.watch(func(c *watch.Config) {
			c.Hosts = func(context.Context) ([]wire.Address, error) { return []wire.Address{"orders.example:3000"}, nil }
			c.Resolve = func(context.Context, string) ([]netip.Addr, error) {
				return []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.9")}, nil
			}
		})
		time.Sleep(10 * time.Second)
		if !split(w) || len(w.actions) > 0 {
			t.Errorf("at first: split %t, %+v", split(w), w.actions)
		}
		r.await("one ring", 30*time.Second, func() bool { return r.alive() == 12 && island.alive() == 4 })
	})
}

func TestLookingWithoutAnybodyToAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1)
		broken := errors.New("no such file")
		w := r.watch(func(c *watch.Config) {
			c.Hosts = func(context.Context) ([]wire.Address, error) { return nil, broken }
		})
		time.Sleep(3 * time.Second)
		if s := w.State(); s == nil || !errors.Is(s.Err, watch.ErrNoHosts) || !errors.Is(s.Err, broken) {
			t.Errorf("%+v", s)
		}
		dead := r.watch(func(c *watch.Config) {
			c.Hosts = func(context.Context) ([]wire.Address, error) { return []wire.Address{"10.9.9.9:3000"}, nil }
		})
		time.Sleep(3 * time.Second)
		if s := dead.State(); s == nil || !errors.Is(s.Err, watch.ErrUnanswered) || !strings.Contains(s.Err.Error(), "10.9.9.9") {
			t.Errorf("%+v", s)
		}
	})
}

// The last good state stays when no node answers any more.
func TestTheLastGoodStateIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3)
		w := r.watch(nil)
		time.Sleep(3 * time.Second)
		for _, n := range r.nodes {
			n.Close()
		}
		time.Sleep(10 * time.Second)
		s := w.State()
		if s.Err == nil || s.Verdict == nil || len(s.Verdict.Up) == 0 || !s.SeenAt.Before(s.At.Add(-5*time.Second)) {
			t.Errorf("%+v", s)
		}
	})
}

func TestBadSettings(t *testing.T) {
	hosts := func(context.Context) ([]wire.Address, error) { return nil, nil }
	caller := new(memnet.Network).NewTransport()
	defer caller.Close()
	for _, c := range []watch.Config{
		{},
		{Caller: caller, Hosts: hosts, Mode: "fight"},
		{Caller: caller, Hosts: hosts, Every: time.Millisecond},
		{Caller: caller, Hosts: hosts, Timeout: time.Hour},
	} {
		if _, err := watch.New(c); !errors.Is(err, watch.ErrConfig) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if !slices.Contains(watch.Modes, string(watch.Observe)) {
		t.Error("observe is no mode")
	}
}

// A guard that reaches one side only finds out at once that the other one is back, even
// while it looks, which takes a second when packets are swallowed.
func TestASideThatIsBackIsFoundDuringALook(t *testing.T) {
	for wait := range 10 {
		synctest.Test(t, func(t *testing.T) {
			r := startRing(t, 6)
			transport := r.network.NewTransport()
			if err := transport.Listen("10.9.9.9:3000", nil); err != nil {
				t.Fatal(err)
			}
			w := r.watch(func(c *watch.Config) {
				c.Caller = transport
				c.Dial = func(ctx context.Context, _, address string) (net.Conn, error) {
					if _, err := transport.Call(ctx, address, "knock", nil); ctx.Err() != nil {
						return nil, err
					}
					here, there := net.Pipe()
					there.Close()
					return here, nil
				}
			})
			defer transport.Close()
			time.Sleep(5 * time.Second)
			parts := [][]int{{0, 1, 2}, {3, 4, 5}}
			r.cut(true, parts...)
			for _, other := range parts[1] {
				r.network.Cut("10.9.9.9:3000", r.hosts[other])
			}
			time.Sleep(30*time.Second + time.Duration(wait)*137*time.Millisecond)
			if s := w.State(); s.Verdict == nil || len(s.Verdict.Faulty) != 3 {
				t.Fatalf("the guard sees %+v", s)
			}
			for _, other := range parts[1] {
				r.network.Mend("10.9.9.9:3000", r.hosts[other])
			}
			r.cut(false, parts...)
			if took := r.await("one ring", 10*time.Second, func() bool { return r.alive() == 36 }); took > 300*time.Millisecond {
				t.Errorf("one ring %v after the network's return", took)
			}
		})
	}
}
