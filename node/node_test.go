package node_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

func TestThirtyNodesInOneProcessConverge(t *testing.T) {
	nodes := cluster(t, 30)
	dead, alive := nodes[:3], nodes[3:]
	for _, n := range dead {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
	eventually(t, "three killed nodes are faulty everywhere", await.Patience, func() bool {
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
	synctest.Test(t, func(t *testing.T) {
		nodes := memCluster(t, 4, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := nodes[0].SelfEvict(ctx); err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(nodes[1:], func(n *node.Node) bool { return count(n, wire.Faulty) == 1 }) {
			t.Error("no node was told")
		}
		if _, ok := nodes[0].Lookup("key"); !ok {
			t.Error("the evicted node has no ring")
		}
		nodes[0].Close()
		eventually(t, "all know", 10*time.Second, func() bool { return agree(nodes[1:], 3) && count(nodes[1], wire.Faulty) == 1 })
	})
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
		"bad setting":   {node.Config{App: "a", Address: "127.0.0.1:0", Hosts: hosts, Protocol: node.Protocol{JoinSize: -1}}, "JoinSize is -1"},
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

// A listener gets the events in order, and one that never returns holds up no other.
func TestListeners(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var network memnet.Network
		hosts := new(hostList)
		var mu sync.Mutex
		var events []node.Event
		release := make(chan struct{})
		stuck := startIn(t, &network, hosts, func(c *node.Config) { c.Listener = func(node.Event) { <-release } })
		seen := startIn(t, &network, hosts, func(c *node.Config) {
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
			ring := slices.IndexFunc(events, func(e node.Event) bool {
				r, ok := e.(node.RingChanged)
				return ok && r.Servers == 2 && slices.Equal(r.Added, []string{stuck.Address()})
			})
			return learned >= 0 && ring > learned
		})
	})
}
