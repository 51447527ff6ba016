package node_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hostList is a discovery that tests can change.
type hostList struct {
	mu    sync.Mutex
	hosts []string
}

func (l *hostList) Hosts(context.Context) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.hosts), nil
}

func (l *hostList) add(hosts ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hosts = append(l.hosts, hosts...)
}

// hasty makes failures show sooner than the default of five seconds.
var hasty = node.Protocol{SuspectPeriod: 2 * time.Second}

// patient gives nodes on real sockets time-outs so long that a slow member is never
// suspected. A dead one still is: it refuses connections.
var patient = node.Protocol{
	SuspectPeriod:      hasty.SuspectPeriod,
	PingTimeout:        await.Patience,
	PingRequestTimeout: await.Patience,
	JoinTimeout:        await.Patience,
}

func start(t *testing.T, hosts discovery.Provider, configure func(*node.Config)) *node.Node {
	t.Helper()
	cfg := node.Config{App: "test", Address: "127.0.0.1:0", Hosts: hosts, Protocol: patient}
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

// startIn is start on a network inside this process, for tests in a synctest bubble.
// The clock of a bubble advances only when all of its goroutines are blocked, which
// makes time-outs independent of the speed of the machine.
func startIn(t *testing.T, network *memnet.Network, hosts discovery.Provider, configure func(*node.Config)) *node.Node {
	t.Helper()
	return start(t, hosts, func(c *node.Config) {
		c.Transport, c.Protocol = network.NewTransport(), hasty
		if configure != nil {
			configure(c)
		}
	})
}

func bootstrap(t *testing.T, nodes ...*node.Node) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), await.Patience)
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

// cluster starts n nodes on real sockets that find each other.
func cluster(t *testing.T, n int) []*node.Node {
	t.Helper()
	hosts := new(hostList)
	var nodes []*node.Node
	for range n {
		nodes = append(nodes, start(t, hosts, nil))
		hosts.add(nodes[len(nodes)-1].Address())
	}
	bootstrap(t, nodes...)
	eventually(t, fmt.Sprintf("%d nodes agree", n), await.Patience, func() bool { return agree(nodes, n) })
	return nodes
}

// newClient returns what calls the endpoints of nodes on real sockets.
func newClient(t *testing.T) *tchan.Transport {
	t.Helper()
	client, err := tchan.New(tchan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
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
	await.True(t, limit, what, ok)
}

// logBuffer is the log of one or several nodes.
type logBuffer struct{ await.Buffer }

// line returns the first line that holds all of some texts.
func (b *logBuffer) line(with ...string) string {
	for line := range strings.Lines(b.String()) {
		if !slices.ContainsFunc(with, func(text string) bool { return !strings.Contains(line, text) }) {
			return line
		}
	}
	return ""
}
