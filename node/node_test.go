package node_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hostList is a discovery that tests can change.
type hostList struct {
	mu    sync.Mutex
	hosts []wire.Address
}

func (l *hostList) Hosts(context.Context) ([]wire.Address, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.hosts), nil
}

func (l *hostList) add(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hosts = append(l.hosts, wire.Address(address))
}

// hasty makes failures show sooner than the default of five seconds.
func hasty(c *core.Config) {
	c.Swim.SuspectPeriod = 2 * time.Second
}

func start(t *testing.T, hosts discovery.Provider, configure func(*node.Config)) *node.Node {
	t.Helper()
	cfg := node.Config{App: "test", Address: "127.0.0.1:0", Hosts: hosts, Tune: hasty}
	if configure != nil {
		configure(&cfg)
	}
	n, err := node.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

func bootstrap(t *testing.T, nodes ...*node.Node) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	for _, n := range nodes {
		wg.Go(func() {
			if err := n.Bootstrap(ctx); err != nil {
				t.Errorf("%s: %v", n.Address(), err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// cluster starts n nodes that find each other.
func cluster(t *testing.T, n int) []*node.Node {
	t.Helper()
	hosts := new(hostList)
	var nodes []*node.Node
	for range n {
		nodes = append(nodes, start(t, hosts, nil))
		hosts.add(nodes[len(nodes)-1].Address())
	}
	bootstrap(t, nodes...)
	eventually(t, fmt.Sprintf("%d nodes agree", n), time.Minute, func() bool { return agree(nodes, n) })
	return nodes
}

// agree reports whether all nodes have the same checksum and exactly alive
// members that are alive.
func agree(nodes []*node.Node, alive int) bool {
	for _, n := range nodes {
		if n.Checksum() != nodes[0].Checksum() || count(n, wire.Alive) != alive {
			return false
		}
	}
	return true
}

func count(n *node.Node, status wire.Status) int {
	count := 0
	for _, m := range n.Members() {
		if m.Status == status {
			count++
		}
	}
	return count
}

func eventually(t *testing.T, what string, limit time.Duration, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

func TestThirtyNodesInOneProcessConverge(t *testing.T) {
	nodes := cluster(t, 30)
	dead, alive := nodes[:3], nodes[3:]
	for _, n := range dead {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
	eventually(t, "three killed nodes are faulty everywhere", time.Minute, func() bool {
		return agree(alive, 27) && count(alive[0], wire.Faulty) == 3
	})
	for i := range 100 {
		key := fmt.Sprint("key ", i)
		owner, ok := alive[0].Lookup(key)
		if !ok || slices.ContainsFunc(dead, func(n *node.Node) bool { return n.Address() == owner }) {
			t.Fatalf("%s is owned by %q, %v", key, owner, ok)
		}
		for _, n := range alive {
			if other, _ := n.Lookup(key); other != owner {
				t.Fatalf("%s: %s says %s, %s says %s", key, alive[0].Address(), owner, n.Address(), other)
			}
		}
	}
}

func TestSelfEvictionIsSeenAtOnce(t *testing.T) {
	nodes := cluster(t, 4)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := nodes[0].SelfEvict(ctx); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(nodes[1:], func(n *node.Node) bool { return count(n, wire.Faulty) == 1 }) {
		t.Error("nobody was told")
	}
	if _, ok := nodes[0].Lookup("key"); !ok {
		t.Error("the evicted node has no ring")
	}
	nodes[0].Close()
	eventually(t, "everybody knows", 10*time.Second, func() bool { return agree(nodes[1:], 3) && count(nodes[1], wire.Faulty) == 1 })
}

// A list of hosts that holds only the node itself makes a cluster of one: loudly,
// and only until others join it.
func TestAloneUntilOthersJoin(t *testing.T) {
	var logs logBuffer
	hosts := new(hostList)
	alone := start(t, hosts, func(c *node.Config) { c.Logger = slog.New(slog.NewTextHandler(&logs, nil)) })
	hosts.add(alone.Address())
	bootstrap(t, alone)
	eventually(t, "the warning", 5*time.Second, func() bool { return strings.Contains(logs.String(), "a cluster of its own") })
	if line := logs.line("a cluster of its own"); !strings.Contains(line, "level=WARN") {
		t.Errorf("not a warning: %s", line)
	}
	other := start(t, discovery.Static{wire.Address(alone.Address())}, nil)
	bootstrap(t, other)
	eventually(t, "both agree", 10*time.Second, func() bool { return agree([]*node.Node{alone, other}, 2) })
}

type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func (b *logBuffer) line(with string) string {
	for line := range strings.Lines(b.String()) {
		if strings.Contains(line, with) {
			return line
		}
	}
	return ""
}

// Bootstrap goes on until somebody answers.
func TestBootstrapWaitsForHosts(t *testing.T) {
	// Not a port that the system gives to outgoing connections.
	var l net.Listener
	for l == nil {
		l, _ = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 11_000+rand.IntN(19_000)))
	}
	later := l.Addr().String()
	l.Close()
	hosts := discovery.Static{wire.Address(later)}
	early := start(t, hosts, nil)

	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := early.Bootstrap(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("bootstrap without hosts: %v", err)
	}
	late := start(t, hosts, func(c *node.Config) { c.Address = later })
	bootstrap(t, early, late)
	eventually(t, "both agree", 10*time.Second, func() bool { return agree([]*node.Node{early, late}, 2) })
}

func TestNewSaysWhatIsWrong(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	hosts := discovery.Static{}
	for name, test := range map[string]struct {
		cfg  node.Config
		want string
	}{
		"port in use":   {node.Config{App: "a", Address: l.Addr().String(), Hosts: hosts}, "address already in use"},
		"no app":        {node.Config{Address: "127.0.0.1:0", Hosts: hosts}, "no app"},
		"no hosts":      {node.Config{App: "a", Address: "127.0.0.1:0"}, "no hosts"},
		"bad setting":   {node.Config{App: "a", Address: "127.0.0.1:0", Hosts: hosts, Tune: func(c *core.Config) { c.Swim.JoinSize = 0 }}, "JoinSize is 0"},
		"bad address":   {node.Config{App: "a", Address: "127.0.0.1:x", Hosts: hosts}, "127.0.0.1:x"},
		"any address":   {node.Config{App: "a", Address: "0.0.0.0:3000", Hosts: hosts}, "must be able to reach"},
		"not this host": {node.Config{App: "a", Address: "192.0.2.1:3000", Hosts: hosts}, "192.0.2.1:3000"},
	} {
		n, err := node.New(test.cfg)
		if err == nil {
			n.Close()
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClosedNode(t *testing.T) {
	n := start(t, discovery.Static{"127.0.0.1:1"}, nil)
	joining := make(chan error, 1)
	go func() { joining <- n.Bootstrap(context.Background()) }()
	n.Close()
	if err := <-joining; !errors.Is(err, node.ErrClosed) {
		t.Errorf("bootstrap: %v", err)
	}
	if err := n.SelfEvict(t.Context()); !errors.Is(err, node.ErrClosed) {
		t.Errorf("self eviction: %v", err)
	}
	if err := n.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

// A listener gets the events in order, and one that never returns holds up
// nobody.
func TestListeners(t *testing.T) {
	hosts := new(hostList)
	var mu sync.Mutex
	var events []node.Event
	release := make(chan struct{})
	stuck := start(t, hosts, func(c *node.Config) { c.Listener = func(node.Event) { <-release } })
	seen := start(t, hosts, func(c *node.Config) {
		c.Listener = func(e node.Event) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, e)
		}
	})
	t.Cleanup(func() { close(release) }) // before the nodes are closed
	hosts.add(stuck.Address())
	hosts.add(seen.Address())
	bootstrap(t, stuck, seen)
	eventually(t, "both agree", 10*time.Second, func() bool { return agree([]*node.Node{stuck, seen}, 2) })
	eventually(t, "the events are told", 5*time.Second, func() bool {
		mu.Lock()
		defer mu.Unlock()
		learned := slices.IndexFunc(events, func(e node.Event) bool {
			m, ok := e.(swim.MembersChanged)
			return ok && m.Changes[0].Before == nil && string(m.Changes[0].After.Address) == stuck.Address()
		})
		ring := slices.IndexFunc(events, func(e node.Event) bool { return e == node.RingChanged{Servers: 2, Added: 1} })
		return learned >= 0 && ring > learned
	})
}

// Every endpoint refuses what makes no sense, and nothing changes by it.
func TestBadBodiesChangeNothing(t *testing.T) {
	nodes := cluster(t, 2)
	target := nodes[0]
	client, err := tchan.New(tchan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	call := func(endpoint, body string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		answer, err := client.Call(ctx, target.Address(), endpoint, []byte(body))
		return string(answer), err
	}
	before := target.Checksum()

	const source = `"source":"127.0.0.1:1","sourceIncarnationNumber":1`
	banana := `{"changes":[{"address":"127.0.0.1:2","incarnationNumber":1,"status":"banana"}],` + source + `,"target":"` + nodes[1].Address() + `"}`
	garbage := strings.Repeat("\x00garbage", 10<<20/8)
	protocol := []string{wire.EndpointJoin, wire.EndpointPing, wire.EndpointPingReq}
	for _, endpoint := range protocol {
		for _, body := range []string{"", "null", "[]", "{}", "{", garbage} {
			mustRefuse(t, endpoint, body, call)
		}
	}
	mustRefuse(t, wire.EndpointPing, banana, call)
	mustRefuse(t, wire.EndpointPingReq, banana, call)
	mustRefuse(t, wire.EndpointPing, `{"changes":[],"source":"`+target.Address()+`"}`, call)
	mustRefuse(t, wire.EndpointPing, `{"changes":[],`+source+`,"app":"other"}`, call)
	mustRefuse(t, wire.EndpointJoin, `{"app":"other",`+source+`}`, call)
	mustRefuse(t, wire.EndpointPingReq, `{"changes":[],`+source+`,"target":"127.0.0.1:9"}`, call)
	for _, body := range []string{"", "null", "[]", "{}", `{"key":7}`, garbage} {
		mustRefuse(t, wire.EndpointLookup, body, call)
	}
	for _, endpoint := range []string{
		wire.EndpointHealth, wire.EndpointStats, wire.EndpointGossipStart, wire.EndpointGossipStop, wire.EndpointGossipTick,
		wire.EndpointGossipToggle, wire.EndpointTick, wire.EndpointReap, wire.EndpointHeal, wire.EndpointMemberJoin,
		wire.EndpointMemberLeave, wire.EndpointJoinOld, wire.EndpointLeaveOld, wire.EndpointDebugSet, wire.EndpointDebugClear,
	} {
		for _, body := range []string{"[]", "7", "{", garbage} {
			mustRefuse(t, endpoint, body, call)
		}
	}
	mustRefuse(t, "/protocol/other", "{}", call)
	mustRefuse(t, "/admin/other", "{}", call)

	if target.Checksum() != before || len(target.Members()) != 2 {
		t.Errorf("the membership changed: %+v", target.Members())
	}
	if answer, err := call(wire.EndpointHealth, "null"); err != nil || answer != "null" {
		t.Errorf("health: %s, %v", answer, err)
	}
}

func mustRefuse(t *testing.T, endpoint, body string, call func(endpoint, body string) (string, error)) {
	t.Helper()
	answer, err := call(endpoint, body)
	if remote := new(tchan.RemoteError); !errors.As(err, &remote) || remote.Message == "" {
		t.Errorf("%s accepts %.60q: %.200s, %v", endpoint, body, answer, err)
	}
}

func TestAdminEndpoints(t *testing.T) {
	nodes := cluster(t, 2)
	client, err := tchan.New(tchan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	call := func(endpoint, body string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		answer, err := client.Call(ctx, nodes[0].Address(), endpoint, []byte(body))
		if err != nil {
			t.Fatalf("%s: %v", endpoint, err)
		}
		return string(answer)
	}
	self := func() node.Member {
		for _, m := range nodes[0].Members() {
			if string(m.Address) == nodes[0].Address() {
				return m
			}
		}
		panic("the node does not know itself")
	}
	var stats wire.Stats
	if err := wire.Unmarshal([]byte(call(wire.EndpointStats, "null")), &stats); err != nil {
		t.Fatal(err)
	}
	if stats.Membership.Checksum != nodes[0].Checksum() || len(stats.Membership.Members) != 2 || len(stats.Ring.Servers) != 2 {
		t.Errorf("stats: %+v", stats)
	}
	if stats.Ring.Checksum != nodes[1].Stats().Ring.Checksum || stats.Ring.Checksums["replica"] == 0 {
		t.Errorf("ring: %+v", stats.Ring)
	}
	owner, _ := nodes[0].Lookup("key")
	if got, want := call(wire.EndpointLookup, `{"key":"key"}`), fmt.Sprintf(`{"dest":%q}`, owner); got != want {
		t.Errorf("lookup: %s, want %s", got, want)
	}
	if got, want := call(wire.EndpointGossipStop, ""), "{}"; got != want {
		t.Errorf("stop: %s", got)
	}
	if got, want := call(wire.EndpointGossipTick, "null"), fmt.Sprintf(`{"checksum":%d}`, nodes[0].Checksum()); got != want {
		t.Errorf("tick: %s, want %s", got, want)
	}
	call(wire.EndpointGossipToggle, "null")
	if got, want := call(wire.EndpointHeal, "{}"), `{"targets":[],"error":""}`; got != want {
		t.Errorf("heal: %s", got)
	}
	before := self()
	if got, want := call(wire.EndpointMemberLeave, "{}"), `{"status":"ok"}`; got != want {
		t.Errorf("leave: %s", got)
	}
	if m := self(); m.Status != wire.Leave || m.Incarnation <= before.Incarnation {
		t.Errorf("after leave: %+v, before %+v", m, before)
	}
	eventually(t, "the other one hears of it", 10*time.Second, func() bool { return count(nodes[1], wire.Leave) == 1 })
	if owner, _ := nodes[1].Lookup("key"); owner != nodes[1].Address() {
		t.Errorf("a node that has left owns a key: %s", owner)
	}
	if got, want := call(wire.EndpointJoinOld, "null"), `{"status":"rejoined"}`; got != want {
		t.Errorf("join: %s", got)
	}
	eventually(t, "it is back", 10*time.Second, func() bool { return agree(nodes, 2) })

	level := new(slog.LevelVar)
	verbose := start(t, discovery.Static{}, func(c *node.Config) { c.LogLevel = level })
	nodes[0] = verbose
	call(wire.EndpointDebugSet, `{"debugFlag":"p"}`)
	if level.Level() != slog.LevelDebug {
		t.Error("debugSet does not lower the level")
	}
	call(wire.EndpointDebugClear, "null")
	if level.Level() != slog.LevelInfo {
		t.Error("debugClear does not raise it")
	}
}

func TestAdminCallsFromElsewhereAreRefused(t *testing.T) {
	client, err := tchan.New(tchan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for networks, allowed := range map[string]bool{"": true, "127.0.0.0/8": true, "10.0.0.0/8": false} {
		n := start(t, discovery.Static{}, func(c *node.Config) {
			if networks != "" {
				c.AdminFrom = []netip.Prefix{netip.MustParsePrefix(networks)}
			}
		})
		bootstrap(t, n)
		for _, endpoint := range []string{wire.EndpointMemberLeave, wire.EndpointLeaveOld, wire.EndpointReap, wire.EndpointGossipStop, wire.EndpointHeal, wire.EndpointTick, wire.EndpointDebugSet} {
			_, err := client.Call(t.Context(), n.Address(), endpoint, []byte("null"))
			if remote := new(tchan.RemoteError); allowed && err != nil || !allowed && !errors.As(err, &remote) {
				t.Errorf("%s from 127.0.0.1 when %q may: %v", endpoint, networks, err)
			}
		}
		if _, err := client.Call(t.Context(), n.Address(), wire.EndpointStats, nil); err != nil {
			t.Errorf("stats: %v", err)
		}
		if left := count(n, wire.Leave) == 1; left != allowed {
			t.Errorf("left: %v when %q may", left, networks)
		}
	}
}
