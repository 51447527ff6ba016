package node_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// resolvers is a cluster of nodes with resolvers, on a network in memory that can be split.
type resolvers struct {
	t       *testing.T
	network memnet.Network
	hosts   hostList
	logs    logBuffer
	nodes   []*node.Node
}

func resolverLab(t *testing.T, n int, configure func(*node.Config)) *resolvers {
	t.Helper()
	l := &resolvers{t: t}
	for i := range n {
		l.hosts.add(l.address(i))
	}
	for i := range n {
		l.nodes = append(l.nodes, l.start(i, configure))
	}
	bootstrap(t, l.nodes...)
	eventually(t, "all serve", time.Minute, func() bool { return l.serve(l.all()...) })
	time.Sleep(resolve.MinSettle + time.Second)
	return l
}

func (l *resolvers) address(i int) string { return fmt.Sprintf("10.0.0.%d:3000", i+1) }

func (l *resolvers) all() (list []int) {
	for i := range l.nodes {
		list = append(list, i)
	}
	return list
}

func (l *resolvers) start(i int, configure func(*node.Config)) *node.Node {
	l.t.Helper()
	return startIn(l.t, &l.network, &l.hosts, func(c *node.Config) {
		c.Address = l.address(i)
		c.Logger = slog.New(slog.NewTextHandler(&l.logs, nil))
		c.Resolve.Strategy = node.KeepMajority
		if configure != nil {
			configure(c)
		}
	})
}

// split cuts the first nodes off from the others, or mends that.
func (l *resolvers) split(first int, cut bool) {
	for i := range l.nodes {
		for j := range l.nodes {
			if i < first && j >= first {
				if cut {
					l.network.Cut(l.address(i), l.address(j))
				} else {
					l.network.Mend(l.address(i), l.address(j))
				}
			}
		}
	}
}

// serve reports whether exactly these nodes tell who owns a key.
func (l *resolvers) serve(which ...int) bool {
	for i, n := range l.nodes {
		if _, err := n.Owner("a key"); (err == nil) != slices.Contains(which, i) {
			return false
		}
	}
	return true
}

func (l *resolvers) health(i int) error {
	_, err := l.network.NewTransport().Call(l.t.Context(), l.address(i), wire.EndpointHealth, nil)
	return err
}

// The side that loses refuses, in the node's own API and to probes, and serves again without
// a restart. Its log says each thing once.
func TestTheSideThatLosesRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := resolverLab(t, 5, nil)
		epoch, err := accepting(l, 4)
		if err != nil || epoch != 0 {
			t.Fatalf("accept: %d, %v", epoch, err)
		}
		l.split(2, true)
		eventually(t, "the minority refuses", time.Minute, func() bool { return l.serve(2, 3, 4) })
		for i := range 2 {
			if _, err := l.nodes[i].Owner("a key"); !errors.Is(err, node.ErrFenced) {
				t.Errorf("owner on the minority: %v", err)
			}
			if _, err := l.nodes[i].Accept("a key"); !errors.Is(err, node.ErrFenced) {
				t.Errorf("accept on the minority: %v", err)
			}
			if err := l.health(i); err == nil || !strings.Contains(err.Error(), "fenced") {
				t.Errorf("health of the minority: %v", err)
			}
		}
		for i := 2; i < 5; i++ {
			eventually(t, "the majority has decided", time.Minute, func() bool { epoch, err := accepting(l, i); return err == nil && epoch == 1 })
		}
		if err := l.health(4); err != nil {
			t.Errorf("health of the majority: %v", err)
		}
		l.split(2, false)
		eventually(t, "all serve again", time.Minute, func() bool { return l.serve(0, 1, 2, 3, 4) })
		for text, count := range map[string]int{"has lost, and is fenced": 2, "this side is kept": 3} {
			if got := strings.Count(l.logs.String(), text); got != count {
				t.Errorf("%d lines of the log say %q, want %d\n%s", got, text, count, l.logs.String())
			}
		}
	})
}

// accepting asks a node whether it accepts a key of its own.
func accepting(l *resolvers, i int) (uint64, error) {
	n := l.nodes[i]
	for k := range 1000 {
		key := fmt.Sprint("key ", k)
		if owner, _ := n.Lookup(key); owner == n.Address() {
			return n.Accept(key)
		}
	}
	return 0, errors.New("no key is its own")
}

// With a handover no key is accepted by two nodes, whatever each of them believes, and all are
// accepted by some in the end. Without one some are.
func TestGuardedOwnership(t *testing.T) {
	for _, guarded := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			l := resolverLab(t, 5, func(c *node.Config) {
				if guarded {
					c.Resolve.Handover = node.AutoHandover
				}
			})
			two := 0
			look := func() (accepted int) {
				for k := range 200 {
					by := 0
					for _, n := range l.nodes {
						if _, err := n.Accept(fmt.Sprint(k)); err == nil {
							by++
						}
					}
					if by > 1 {
						two++
					}
					accepted += min(by, 1)
				}
				return accepted
			}
			if got := look(); got != 200 {
				t.Errorf("%d of 200 keys are accepted at the beginning", got)
			}
			for _, cut := range []bool{true, false} {
				l.split(2, cut)
				for range 150 {
					time.Sleep(time.Second)
					look()
				}
				if got := look(); got != 200 {
					t.Errorf("cut %v: %d of 200 keys are accepted in the end", cut, got)
				}
			}
			if guarded != (two == 0) {
				t.Errorf("guarded %v: keys were accepted twice %d times", guarded, two)
			}
		})
	}
}

// There is no wait for an owner that has left voluntarily, nor when all have agreed.
func TestHandoverIsShortWhenNobodyIsMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := resolverLab(t, 3, func(c *node.Config) { c.Resolve.Handover = node.AutoHandover })
		wait := func(what string, on ...*node.Node) {
			t.Helper()
			eventually(t, what, 5*time.Second, func() bool {
				for k := range 100 {
					if !slices.ContainsFunc(on, func(n *node.Node) bool { _, err := n.Accept(fmt.Sprint(k)); return err == nil }) {
						return false
					}
				}
				return true
			})
		}
		l.nodes[2].Leave()
		wait("two accept all keys after a leave", l.nodes[:2]...)
		l.nodes[2].Rejoin()
		wait("three do after a return", l.nodes...)
	})
}

// By policy exit a node that has lost evicts itself, and says that the program should end.
func TestPolicyExit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := resolverLab(t, 3, func(c *node.Config) { c.Resolve.Policy = node.PolicyExit })
		l.split(1, true)
		select {
		case <-l.nodes[0].Lost():
		case <-l.nodes[1].Lost():
			t.Error("one of the majority has lost")
		case <-time.After(time.Minute):
			t.Fatal("the one of the minority has not lost")
		}
		if _, err := l.nodes[0].Owner("a key"); !errors.Is(err, node.ErrFenced) {
			t.Errorf("owner: %v", err)
		}
	})
}

// By policy observe a node decides, says so, and refuses nothing.
func TestPolicyObserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := resolverLab(t, 3, func(c *node.Config) { c.Resolve.Policy = node.PolicyObserve })
		l.split(1, true)
		eventually(t, "one would be fenced", time.Minute, func() bool { return l.logs.line("has lost", "policy=observe") != "" })
		if _, err := l.nodes[0].Accept("a key"); !l.serve(0, 1, 2) || err != nil && !errors.Is(err, node.ErrNotOwner) {
			t.Errorf("something is refused: %v", err)
		}
		if err := l.health(0); err != nil {
			t.Errorf("health: %v", err)
		}
	})
}

// Without a resolver Owner is Lookup, and only others' keys are refused.
func TestOwnerWithoutAResolver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l resolvers
		l.t = t
		for i := range 2 {
			l.hosts.add(l.address(i))
		}
		for i := range 2 {
			l.nodes = append(l.nodes, l.start(i, func(c *node.Config) { c.Resolve = node.Resolve{} }))
		}
		bootstrap(t, l.nodes...)
		eventually(t, "both agree", time.Minute, func() bool { return agree(l.nodes, 2) })
		for k := range 100 {
			key := fmt.Sprint(k)
			want, _ := l.nodes[0].Lookup(key)
			if owner, err := l.nodes[0].Owner(key); err != nil || owner != want {
				t.Fatalf("owner of %s: %s, %v; want %s", key, owner, err, want)
			}
			if epoch, err := l.nodes[0].Accept(key); epoch != 0 || (err == nil) != (want == l.nodes[0].Address()) || err != nil && err != node.ErrNotOwner {
				t.Fatalf("accept %s of %s: %d, %v", key, want, epoch, err)
			}
		}
		l.nodes[0].Leave()
		l.nodes[1].Leave()
		eventually(t, "the ring is empty", time.Minute, func() bool { return l.nodes[0].Ring().Len() == 0 })
		if _, err := l.nodes[0].Owner("a key"); err != node.ErrNoOwner {
			t.Errorf("owner: %v", err)
		}
		if _, err := l.nodes[0].Accept("a key"); err != node.ErrNoOwner {
			t.Errorf("accept: %v", err)
		}
	})
}

// A restarted node knows from its state file that it was fenced, and which members it misses.
func TestStateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	synctest.Test(t, func(t *testing.T) {
		keep := func(c *node.Config) {
			if c.Address == "10.0.0.1:3000" {
				c.Resolve.StateFile = path
			}
		}
		l := resolverLab(t, 3, keep)
		l.split(1, true)
		eventually(t, "it is fenced", time.Minute, func() bool { return l.serve(1, 2) })
		eventually(t, "that is written", time.Minute, func() bool {
			body, _ := os.ReadFile(path)
			return strings.Contains(string(body), `"lost": true`)
		})
		if err := l.nodes[0].Close(); err != nil {
			t.Fatal(err)
		}
		l.hosts = hostList{hosts: []string{l.address(0)}} // as if it was alone in the world
		l.nodes[0] = l.start(0, keep)
		bootstrap(t, l.nodes[0])
		time.Sleep(time.Minute)
		if _, err := l.nodes[0].Owner("a key"); !errors.Is(err, node.ErrFenced) {
			t.Errorf("after a restart: %v", err)
		}
	})
	for name, content := range map[string]string{
		"is of another version":  `{"version": 2, "address": "10.0.0.1:3000"}`,
		"is of another node":     `{"version": 1, "address": "10.0.0.2:3000"}`,
		"is no JSON":             `lost`,
		"is larger than allowed": strings.Repeat(" ", 5<<20),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		var network memnet.Network
		cfg := node.Config{App: "test", Address: "10.0.0.1:3000", Hosts: new(hostList), Transport: network.NewTransport()}
		cfg.Resolve.Strategy, cfg.Resolve.StateFile = node.DownAll, path
		if n, err := node.New(cfg); !errors.Is(err, swim.ErrConfig) || !strings.Contains(err.Error(), path) {
			t.Errorf("a file that %s: %v, %v", name, n, err)
		}
	}
}

// A file that cannot be written is told once, and when that is over.
func TestStateFileThatCannotBeWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "later")
	synctest.Test(t, func(t *testing.T) {
		l := resolverLab(t, 2, func(c *node.Config) { c.Resolve.StateFile = filepath.Join(dir, c.Address) })
		if got := strings.Count(l.logs.String(), "state cannot be written"); got != 2 {
			t.Errorf("it is said %d times by two nodes", got)
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		eventually(t, "they are written", time.Minute, func() bool {
			files, _ := os.ReadDir(dir)
			return len(files) == 2 && strings.Count(l.logs.String(), "is written to its file again") == 2
		})
	})
}

func TestResolveSettingsThatMakeNoSense(t *testing.T) {
	for name, spoil := range map[string]func(*node.Config){
		"no lease":              func(c *node.Config) { c.Resolve.Strategy = node.LeaseMajority },
		"a lease too many":      func(c *node.Config) { c.Resolve.Lease = new(storeInMemory) },
		"a file without use":    func(c *node.Config) { c.Resolve = node.Resolve{StateFile: "x"} },
		"too short a handover":  func(c *node.Config) { c.Resolve.Handover = time.Second },
		"too short a pause":     func(c *node.Config) { c.Resolve.MaxPause = time.Millisecond },
		"no such policy":        func(c *node.Config) { c.Resolve.Policy = 7 },
		"no quorum":             func(c *node.Config) { c.Resolve.Strategy = node.StaticQuorum },
		"a referee of nonsense": func(c *node.Config) { c.Resolve.Referee = "nowhere" },
	} {
		var network memnet.Network
		cfg := node.Config{App: "test", Address: "10.0.0.1:3000", Hosts: new(hostList), Transport: network.NewTransport()}
		cfg.Resolve.Strategy = node.KeepMajority
		spoil(&cfg)
		if n, err := node.New(cfg); !errors.Is(err, swim.ErrConfig) {
			t.Errorf("%s: %v, %v", name, n, err)
		}
	}
}

// Tools are told what the resolver thinks, and can end a fencing.
func TestResolverForTools(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := resolverLab(t, 5, func(c *node.Config) { c.Labels = map[string]string{"rack": c.Address} })
		call := func(i int, endpoint string, args, answer any) error {
			t.Helper()
			body, err := wire.Marshal(args)
			if err != nil {
				t.Fatal(err)
			}
			body, err = l.network.NewTransport().Call(t.Context(), l.address(i), endpoint, body)
			if err != nil || answer == nil {
				return err
			}
			return wire.Unmarshal(body, answer)
		}
		status := func(i int) (s wire.ResolveStatus) {
			t.Helper()
			if err := call(i, wire.EndpointResolve, nil, &s); err != nil {
				t.Fatal(err)
			}
			return s
		}
		s := status(0)
		if s.State != "stable" || s.Refuses != "" || s.Now.Own != 5 || !s.Now.Keep || len(s.Members) != 5 || s.DecidesIn != nil || s.Last != nil || s.Settings.StableAfter != 20_000 {
			t.Errorf("at rest: %+v", s)
		}
		for _, m := range s.Members {
			if !m.Counts || m.Born == nil {
				t.Errorf("member %+v", m)
			}
		}
		l.split(2, true)
		eventually(t, "a decision is due", time.Minute, func() bool { return status(0).DecidesIn != nil })
		if s := status(0); s.State != "uncertain" || s.Refuses != "" || len(s.Missed) == 0 {
			t.Errorf("uncertain: %+v", s)
		}
		eventually(t, "the minority is fenced", time.Minute, func() bool { return l.serve(2, 3, 4) })
		time.Sleep(10 * time.Second)
		_, _ = l.nodes[0].Owner("a key")
		s = status(0)
		if s.State != "lost" || s.Refuses != "fenced" || s.Last == nil || s.Last.Keep || s.Last.Own != 2 || s.Counts.Lost != 1 || s.Counts.Fenced < 10_000 || s.Counts.Refusals["fenced"] == 0 {
			t.Errorf("lost: %+v", s)
		}
		var off wire.ResolveWrittenOff
		if err := call(0, wire.EndpointResolveWriteOff, wire.ResolveWriteOff{Address: "10.0.0.9:1"}, &off); err != nil || off.Missed {
			t.Errorf("write off a stranger: %+v, %v", off, err)
		}
		if err := call(0, wire.EndpointResolveWriteOff, struct{}{}, &off); err == nil {
			t.Error("write off nobody: no error")
		}
		for i := 2; i < 5; i++ {
			if err := call(0, wire.EndpointResolveWriteOff, wire.ResolveWriteOff{Address: wire.Address(l.address(i))}, &off); err != nil || !off.Missed {
				t.Errorf("write off: %+v, %v", off, err)
			}
		}
		if err := call(1, wire.EndpointResolveKeep, nil, nil); err != nil {
			t.Error(err)
		}
		if s := status(1); s.State != "kept" || len(s.WrittenOff) != 3 || s.Epoch != 1 {
			t.Errorf("kept by an operator: %+v", s)
		}
		// Node 1 is told before node 0 serves, whose base it would take over.
		eventually(t, "both serve without those who were written off", time.Minute, func() bool { return l.serve(0, 1, 2, 3, 4) })
	})
}

// With a lease the side that advances the record serves, though it is the minority if the
// majority does not reach the store.
func TestLeaseDecides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(storeInMemory)
		l := resolverLab(t, 5, func(c *node.Config) {
			c.Resolve.Strategy = node.LeaseMajority
			c.Resolve.Lease = &storeAccess{store, c.Address}
		})
		time.Sleep(2 * time.Minute) // the record names all
		for i := 2; i < 5; i++ {
			store.cut(l.address(i), true)
		}
		l.split(2, true)
		eventually(t, "the minority has the lease", 2*time.Minute, func() bool { return l.serve(0, 1) })
		before, _ := store.Read(t.Context())
		if epoch, err := accepting(l, 0); err != nil || epoch != before.Epoch || len(before.Members) != 2 {
			t.Errorf("epoch %d, %v; the record is %+v", epoch, err, before)
		}
		for i := 2; i < 5; i++ {
			store.cut(l.address(i), false)
		}
		time.Sleep(time.Minute)
		if !l.serve(0, 1) {
			t.Error("others serve who do not have the lease")
		}
		l.split(2, false)
		eventually(t, "all serve", 2*time.Minute, func() bool { return l.serve(0, 1, 2, 3, 4) })
	})
}

// storeInMemory is a lease that nodes can be cut off from.
type storeInMemory struct {
	record resolve.Record
	mu     sync.Mutex
	away   map[string]bool
}

func (s *storeInMemory) locked(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

func (s *storeInMemory) cut(address string, cut bool) {
	s.locked(func() {
		if s.away == nil {
			s.away = make(map[string]bool)
		}
		s.away[address] = cut
	})
}

func (s *storeInMemory) Read(context.Context) (r resolve.Record, err error) {
	s.locked(func() { r = s.record })
	return r, nil
}

func (s *storeInMemory) Advance(_ context.Context, from uint64, to resolve.Record) (r resolve.Record, err error) {
	s.locked(func() {
		if s.record.Epoch != from {
			err = resolve.ErrConflict
			return
		}
		s.record = to
	})
	return to, err
}

// storeAccess is the store as one node reaches it.
type storeAccess struct {
	*storeInMemory
	from string
}

func (s *storeAccess) reach(ctx context.Context) error {
	away := false
	s.locked(func() { away = s.away[s.from] })
	if away {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (s *storeAccess) Read(ctx context.Context) (resolve.Record, error) {
	if err := s.reach(ctx); err != nil {
		return resolve.Record{}, err
	}
	return s.storeInMemory.Read(ctx)
}

func (s *storeAccess) Advance(ctx context.Context, from uint64, to resolve.Record) (resolve.Record, error) {
	if err := s.reach(ctx); err != nil {
		return resolve.Record{}, err
	}
	return s.storeInMemory.Advance(ctx, from, to)
}
