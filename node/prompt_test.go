package node_test

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/transport"
	"github.com/ringmend/ringmend/node/wire"
)

// promptNet is a transport.Prompt that starts every other call, and remembers what it is told.
type promptNet struct {
	*memnet.Transport
	handler  transport.Handler
	promptly func(string) bool

	mu      sync.Mutex
	asked   int
	started map[string]int // endpoints of the calls that were started
	running sync.WaitGroup
}

func (p *promptNet) AnswerPromptly(promptly func(string) bool) { p.promptly = promptly }

func (p *promptNet) Listen(address string, handler transport.Handler) error {
	p.handler = handler
	return p.Transport.Listen(address, handler)
}

func (p *promptNet) Start(timeout time.Duration, address, endpoint string, body []byte, done func([]byte, error)) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked++; p.asked%2 == 0 {
		return false
	}
	p.started[endpoint]++
	p.running.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		done(p.Call(ctx, address, endpoint, body))
	})
	return true
}

// startPrompt starts a node with such a transport.
func startPrompt(t *testing.T, network *memnet.Network, address string, hosts ...string) (*node.Node, *promptNet) {
	t.Helper()
	p := &promptNet{Transport: network.NewTransport(), started: make(map[string]int)}
	n := startIn(t, network, discovery.Static(hosts), func(c *node.Config) { c.Address, c.Transport = address, p })
	t.Cleanup(p.running.Wait)
	return n, p
}

// Pings are started where the transport can, and called where it cannot.
func TestANodePingsOverATransportThatDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var network memnet.Network
		hosts := []string{"10.0.0.1:1", "10.0.0.2:1"}
		a, net := startPrompt(t, &network, hosts[0], hosts...)
		b, _ := startPrompt(t, &network, hosts[1], hosts...)
		bootstrap(t, a, b)
		time.Sleep(time.Minute)
		if !agree([]*node.Node{a, b}, 2) {
			t.Error("they do not agree")
		}
		net.mu.Lock()
		defer net.mu.Unlock()
		if len(net.started) != 1 || net.started[wire.EndpointPing] < net.asked/2 {
			t.Errorf("of %d calls these were started: %v", net.asked, net.started)
		}
	})
}

// What is answered promptly does not wait, in whatever state the node is: it would stop the
// goroutine that reads from the network.
func TestPingsAreAnsweredWithoutWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var network memnet.Network
		hosts := []string{"10.0.0.1:1", "10.0.0.2:1"}
		a, net := startPrompt(t, &network, hosts[0], hosts...)
		b, _ := startPrompt(t, &network, hosts[1], hosts...)
		if !net.promptly(wire.EndpointPing) || net.promptly(wire.EndpointPingReq) || net.promptly("/admin/stats") {
			t.Error("a node answers pings promptly, and nothing else")
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		ping := func(state, body string) {
			t.Helper()
			if _, err := net.handler(ended, netip.AddrPort{}, wire.EndpointPing, []byte(body)); errors.Is(err, context.Canceled) {
				t.Errorf("%s: the handler of %s waits", state, body)
			}
		}
		pings := func(state string) {
			for _, body := range []string{
				`{"changes":[],"checksum":1,"source":"10.0.0.2:1","sourceIncarnationNumber":1}`,
				`{"changes":[],"checksum":1,"source":"10.0.0.9:1","sourceIncarnationNumber":1,"app":"other"}`,
				`{"changes":[{"address":"10.0.0.1:1","status":"faulty","incarnationNumber":9000000000000}],"checksum":1,"source":"10.0.0.3:1","sourceIncarnationNumber":1}`,
				`{"changes":[{"source":"10.0.0.1:1"}]}`,
			} {
				ping(state, body)
			}
		}
		pings("before the bootstrap")
		bootstrap(t, a, b)
		pings("as a member")
		if err := a.SelfEvict(t.Context()); err != nil {
			t.Fatal(err)
		}
		pings("after its eviction")
	})
}
