package watch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/guard/plan"
	"github.com/ringmend/ringmend/node/wire"
)

// nobody is the source address of a watcher's requests, which ringpop-node requires. No
// member can have it, and it cannot be called: a node that calls the source of a request
// fails at once, without a packet leaving its host.
const nobody wire.Address = "0.0.0.0:1"

// meter counts the calls that go through it.
type meter struct {
	admin.Caller
	mu    sync.Mutex
	calls Calls
}

func (m *meter) Call(ctx context.Context, address, endpoint string, body []byte) ([]byte, error) {
	answer, err := m.Caller.Call(ctx, address, endpoint, body)
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.calls[endpoint]
	c.Made++
	c.Bytes += uint64(len(body) + len(answer))
	if err != nil && !errors.As(err, new(*wire.RemoteError)) {
		c.Failed++
	}
	m.calls[endpoint] = c
	return answer, err
}

func (m *meter) counts() Calls {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.calls)
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

type learnt struct {
	app string
	at  time.Time
}

const (
	// appLasts is how long the name of a node's app is trusted: another program may
	// have been started at its address.
	appLasts = 5 * time.Minute
	// maxApps bounds what is remembered of addresses.
	maxApps = 2 * wire.MaxChanges
)

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

func (c *caller) ask(ctx context.Context, call plan.Call) plan.Answer {
	response, err := c.exchange(ctx, max(askTimeout, c.timeout), call.Node, &wire.PingRequest{
		Source: nobody, SourceIncarnation: 1, Target: call.Target, Checksum: max(call.Checksum, 1), App: call.App, Changes: wire.Changes(call.Changes...),
	})
	if err != nil {
		return plan.Answer{Err: err}
	}
	answer, ok := response.(*wire.PingRequestResponse)
	return plan.Answer{Reached: ok && answer.OK && answer.Target == call.Target}
}

func (c *caller) tell(ctx context.Context, call plan.Call) plan.Answer {
	if call.App == "" {
		var err error
		if call.App, err = c.appOf(ctx, call.Node); err != nil {
			return plan.Answer{Err: err}
		}
	}
	_, err := c.exchange(ctx, c.timeout, call.Node, &wire.Ping{
		Source: nobody, SourceIncarnation: 1, Checksum: max(call.Checksum, 1), App: call.App, Changes: wire.Changes(call.Changes...),
	})
	return plan.Answer{Err: err}
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

// ErrApp is wrapped by the errors about nodes that do not say the name of their app.
var ErrApp = errors.New("the name of the app could not be learnt")

// appOf returns the name of a node's app.
func (c *caller) appOf(ctx context.Context, node wire.Address) (string, error) {
	if c.app != "" {
		return c.app, nil
	}
	c.mu.Lock()
	known, ok := c.apps[node]
	c.mu.Unlock()
	if ok && time.Since(known.at) < appLasts {
		return known.app, nil
	}
	response, err := c.exchange(ctx, c.timeout, node, &wire.JoinRequest{
		App: otherApp, Source: nobody, Incarnation: 1, Timeout: int64(c.timeout),
	})
	app, err := appIn(response, err)
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.apps) >= maxApps {
		clear(c.apps)
	}
	c.apps[node] = learnt{app, time.Now()}
	return app, nil
}

// otherApp is an app that no ring has. Nodes refuse its join, and name theirs.
const otherApp = "ringmend-guard-asks-for-the-name-of-the-app"

// refusals are what stands before and behind the name of the app in the errors by which
// nodes refuse to be joined by another one.
var refusals = []struct{ before, behind string }{
	{"The expected app, ", ", did not match the actual app ," + otherApp}, // ringpop-go
	{"The expected app (", ") did not match the actual app (" + otherApp}, // ringpop-node
	{`: this is "`, `", not "` + otherApp + `"`},                          // ringmend
}

// appIn returns the name of the app in the answer to a join of another one.
func appIn(response wire.Response, err error) (string, error) {
	if join, ok := response.(*wire.JoinResponse); ok && err == nil {
		return join.App, nil // it minds no app
	}
	var refused *wire.RemoteError
	if !errors.As(err, &refused) {
		return "", err
	}
	for _, r := range refusals {
		_, rest, found := strings.Cut(refused.Message, r.before)
		if app, _, ends := strings.Cut(rest, r.behind); found && ends {
			return app, nil
		}
	}
	return "", fmt.Errorf("%w: %w", ErrApp, err)
}
