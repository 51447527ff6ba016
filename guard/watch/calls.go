package watch

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/guard/plan"
	"github.com/ringmend/ringmend/node/wire"
)

// Source is the source address of a watcher's requests, which ringpop-node requires. No
// member has it: the port is no node's. A node may call the source of a request, to exchange
// whole memberships; this call fails at once, without a packet leaving its host. It must not be
// 0.0.0.0, which ringpop-node cannot bear: its process ends when it calls it.
const Source wire.Address = "127.0.0.1:1"

// tally counts calls.
type tally struct {
	mu    sync.Mutex
	calls Calls
}

func (t *tally) add(endpoint string, bytes int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.calls[endpoint]
	c.Made++
	c.Bytes += uint64(bytes)
	if err != nil && !errors.As(err, new(*wire.RemoteError)) {
		c.Failed++
	}
	t.calls[endpoint] = c
}

func (t *tally) counts() Calls {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.calls)
}

// meter counts the calls that go through it.
type meter struct {
	admin.Caller
	*tally
}

func (m *meter) Call(ctx context.Context, address, endpoint string, body []byte) ([]byte, error) {
	answer, err := m.Caller.Call(ctx, address, endpoint, body)
	m.add(endpoint, len(body)+len(answer), err)
	return answer, err
}

// caller makes the calls of package plan.
type caller struct {
	admin.Caller
	client  *admin.Client
	timeout time.Duration
	app     string // as configured

	mu   sync.Mutex
	apps map[wire.Address]learnt
}

func newCaller(c *Config, under admin.Caller, t *tally) *caller {
	metered := &meter{under, t}
	return &caller{
		Caller: metered, client: admin.NewClient(metered, c.Timeout), timeout: c.Timeout, app: c.App,
		apps: make(map[wire.Address]learnt),
	}
}

// do makes a call.
func (c *caller) do(ctx context.Context, call plan.Call) plan.Answer {
	switch call.Kind {
	case plan.Look:
		return c.look(ctx, call.Node)
	case plan.Ask:
		return c.ask(ctx, call)
	default:
		return c.tell(ctx, call)
	}
}

// doAll makes calls at the same time, and returns the answers in their order.
func (c *caller) doAll(ctx context.Context, calls []plan.Call) []plan.Answer {
	answers := make([]plan.Answer, len(calls))
	var calling sync.WaitGroup
	for i := range calls {
		calling.Go(func() { answers[i] = c.do(ctx, calls[i]) })
	}
	calling.Wait()
	return answers
}

// carryOut makes the calls of an attempt or an accusation, until it is over or ctx ends.
func (c *caller) carryOut(ctx context.Context, s plan.Steps) {
	for calls := s.Calls(); len(calls) > 0 && ctx.Err() == nil; calls = s.Calls() {
		s.Answered(c.doAll(ctx, calls))
	}
}

func (c *caller) look(ctx context.Context, node wire.Address) plan.Answer {
	var a plan.Answer
	if a.App, a.Err = c.appOf(ctx, node); a.Err != nil {
		return a
	}
	stats, err := c.client.Stats(ctx, node)
	if err != nil {
		return plan.Answer{Err: err}
	}
	a.Checksum, a.Members = stats.Membership.Checksum, stats.Membership.Members
	return a
}

// askTimeout is how long a node may take to ping another one: its own timeout is 1.5 s.
const askTimeout = 2 * time.Second

// stalledAfter is how long a node that does not reach another one has waited for it if
// packets are swallowed. Refusals come at once.
const stalledAfter = time.Second

func (c *caller) ask(ctx context.Context, call plan.Call) plan.Answer {
	target := call.Target
	if call.Fresh {
		if node, err := c.meet(ctx, call.Node); err == nil && node.aliases {
			target = alias(target)
		}
	}
	began := time.Now()
	response, err := c.exchange(ctx, max(askTimeout, c.timeout), call.Node, &wire.PingRequest{
		Source: Source, SourceIncarnation: 1, Target: target, Checksum: max(call.Checksum, 1), App: call.App, Changes: wire.Changes(call.Changes...),
	})
	if err != nil {
		return plan.Answer{Err: err, Stalled: errors.Is(err, context.DeadlineExceeded)}
	}
	answer, ok := response.(*wire.PingRequestResponse)
	reached := ok && answer.OK && answer.Target == target
	return plan.Answer{Reached: reached, Stalled: !reached && time.Since(began) >= stalledAfter}
}

// alias spells an address in another way, or returns it unchanged. Tchannel-go keeps the
// connections to a peer under the peer's address as it is spelled. A ringpop-go node that
// is asked to ping 10.0.0.1:3000 as [::ffff:10.0.0.1]:3000 makes a new connection, learns who
// is at the other end, and from then on uses it for 10.0.0.1:3000, too. Nothing else can
// make it do so while it has a connection, however long that has been stalled.
func alias(a wire.Address) wire.Address {
	at, err := netip.ParseAddrPort(string(a))
	switch {
	case err != nil || at.Addr().Zone() != "":
		return a
	case at.Addr().Is4():
		return wire.Address(netip.AddrPortFrom(netip.AddrFrom16(at.Addr().As16()), at.Port()).String())
	default:
		return wire.Address(net.JoinHostPort(at.Addr().StringExpanded(), strconv.Itoa(int(at.Port()))))
	}
}

// reconnect asks for pings over new connections, of the nodes that can be made to use one.
func (c *caller) reconnect(ctx context.Context, calls []plan.Call) (made int) {
	var asking sync.WaitGroup
	var reached atomic.Int64
	places := make(chan struct{}, maxReconnecting)
	for _, call := range calls {
		places <- struct{}{}
		asking.Go(func() {
			defer func() { <-places }()
			node, err := c.meet(ctx, call.Node)
			if err != nil || !node.aliases {
				return
			}
			target, err := c.meet(ctx, call.Target)
			if err != nil || target.app != node.app {
				return
			}
			call.App = node.app
			if c.ask(ctx, call).Reached {
				reached.Add(1)
			}
		})
	}
	asking.Wait()
	return int(reached.Load())
}

// maxReconnecting is how many nodes are asked at the same time to make new connections.
const maxReconnecting = 32

func (c *caller) tell(ctx context.Context, call plan.Call) plan.Answer {
	if call.App == "" {
		var err error
		if call.App, err = c.appOf(ctx, call.Node); err != nil {
			return plan.Answer{Err: err}
		}
	}
	response, err := c.exchange(ctx, c.timeout, call.Node, &wire.Ping{
		Source: Source, SourceIncarnation: 1, Checksum: max(call.Checksum, 1), App: call.App, Changes: wire.Changes(call.Changes...),
	})
	answer := plan.Answer{Err: err}
	if ping, ok := response.(*wire.Ping); ok {
		answer.Changes = ping.Changes.All()
	}
	return answer
}

func (c *caller) exchange(ctx context.Context, timeout time.Duration, node wire.Address, request wire.Request) (wire.Response, error) {
	body, err := new(wire.Encoder).Encode(request)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	body, err = c.Call(ctx, string(node), request.Endpoint(), body)
	if err != nil {
		return nil, err
	}
	response, _, err := wire.DecodeResponse(request.Endpoint(), body)
	return response, err
}
