package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/ringmend/ringmend/examples/einstein/check"
	"github.com/ringmend/ringmend/examples/einstein/iq"
)

// Row is one way to run the service.
type Row struct {
	Name    string
	Downing iq.Downing
	Store   string // for [iq.Open]
}

// Count is what became of requests.
type Count struct {
	Answered int
	Refused  int // at once
	Waited   int // until [Times.Patience] was over, in vain
}

// Outcome is what a row has shown.
type Outcome struct {
	Row     Row
	Cut     Count // requests while the sides were apart, one for each name at each node
	Healed  Count // and afterwards
	Periods []check.Period
	History []check.Operation
	check.Result
}

// run is a row that is being played.
type run struct {
	row     Row
	network Network
	names   []string
	say     func(format string, args ...any)
	begin   time.Time

	mu      sync.Mutex
	history []check.Operation
}

// pause is between two looks at a condition, and between two rounds of a client.
const pause = 500 * time.Millisecond

// Run asks for all names, cuts the network, asks, heals it, and asks. In between clients go on
// asking. It returns when ctx ends, with an error.
func Run(ctx context.Context, row Row, network Network, names []string, say func(format string, args ...any)) (*Outcome, error) {
	r := &run{row: row, network: network, names: names, say: say, begin: time.Now()}
	ctx, cancel := context.WithCancel(ctx)
	var clients sync.WaitGroup
	defer clients.Wait()
	defer cancel()
	out := &Outcome{Row: row}
	if err := r.await(ctx, "the nodes find each other", r.whole); err != nil {
		return nil, err
	}
	r.sweep(ctx)
	clients.Go(func() { r.keepAsking(ctx) })
	if err := r.await(ctx, "the members have settled", r.settled); err != nil {
		return nil, err
	}

	if err := network.Cut(); err != nil {
		return nil, fmt.Errorf("cut: %w", err)
	}
	cut := check.Period{What: "cut: 1 | 2, 3", From: time.Since(r.begin)}
	say("the network is cut: node 1 | nodes 2 and 3")
	if err := r.await(ctx, "the sides have parted", r.parted); err != nil {
		return nil, err
	}
	out.Cut = r.sweep(ctx)
	say("asked for all names at all nodes: %d answered, %d refused, %d waited in vain", out.Cut.Answered, out.Cut.Refused, out.Cut.Waited)

	if err := network.Mend(); err != nil {
		return nil, fmt.Errorf("mend: %w", err)
	}
	cut.To = time.Since(r.begin)
	out.Periods = append(out.Periods, cut)
	say("the network is mended")
	if err := r.await(ctx, "all names are answered everywhere", r.healed); err != nil {
		return nil, err
	}
	out.Healed = r.sweep(ctx)
	cancel()
	clients.Wait()
	out.History = r.history
	out.Result = check.Check(out.History)
	return out, nil
}

// await waits for a condition.
func (r *run) await(ctx context.Context, what string, missing func(context.Context) string) error {
	for {
		why := missing(ctx)
		if why == "" {
			r.say("%s", what)
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting until %s: %s: %w", what, why, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// ready returns a node's own report.
func (r *run) ready(ctx context.Context, node int) (ready iq.Ready, err error) {
	_, body, err := r.network.Get(ctx, node, "/readyz")
	if err != nil {
		return ready, err
	}
	return ready, json.Unmarshal(body, &ready)
}

// whole says what is missing for all nodes to serve, and reach all.
func (r *run) whole(ctx context.Context) string { return r.reaching(ctx, Nodes, Nodes, Nodes) }

// reaching says what is missing for the nodes to reach the given number of members each; those
// that reach all, or have no resolver, must be ready.
func (r *run) reaching(ctx context.Context, want ...int) string {
	for i, n := range want {
		ready, err := r.ready(ctx, i)
		if err != nil {
			return fmt.Sprintf("node %d: %v", i+1, err)
		}
		if ready.Reachable != n {
			return fmt.Sprintf("node %d reaches %d members", i+1, ready.Reachable)
		}
		if n == Nodes && !ready.Ready {
			return fmt.Sprintf("node %d is not ready: %s", i+1, ready.Why)
		}
	}
	return ""
}

// settled says what is missing for all members to count for their side.
func (r *run) settled(ctx context.Context) string {
	if r.row.Downing.Strategy() == 0 {
		return ""
	}
	for i := range Nodes {
		ready, err := r.ready(ctx, i)
		switch {
		case err != nil:
			return fmt.Sprintf("node %d: %v", i+1, err)
		case ready.Settled == nil || *ready.Settled != Nodes:
			return fmt.Sprintf("node %d counts fewer than %d members for its side", i+1, Nodes)
		}
	}
	return ""
}

// parted says what is missing for each side to have done what it does about the other. With a
// resolver the first node refuses, and the others answer for all names.
func (r *run) parted(ctx context.Context) string {
	if why := r.reaching(ctx, 1, 2, 2); why != "" || r.row.Downing.Strategy() == 0 {
		return why
	}
	if ready, err := r.ready(ctx, 0); err != nil || ready.Ready {
		return "node 1 still serves"
	}
	return r.answering(ctx, 1, 2)
}

// healed says what is missing for all nodes to answer for all names.
func (r *run) healed(ctx context.Context) string {
	if why := r.whole(ctx); why != "" {
		return why
	}
	return r.answering(ctx, 0, 1, 2)
}

// answering says what is missing for the nodes to answer for all names.
func (r *run) answering(ctx context.Context, nodes ...int) string {
	for _, i := range nodes {
		if count := r.ask(ctx, i); count.Answered != len(r.names) {
			return fmt.Sprintf("node %d answers %d of %d names", i+1, count.Answered, len(r.names))
		}
	}
	return ""
}

// keepAsking is clients that ask, at one node after the other.
func (r *run) keepAsking(ctx context.Context) {
	for i := 0; ctx.Err() == nil; i = (i + 1) % Nodes {
		r.ask(ctx, i)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// sweep asks for each name at each node.
func (r *run) sweep(ctx context.Context) Count {
	var sum Count
	for i := range Nodes {
		c := r.ask(ctx, i)
		sum.Answered += c.Answered
		sum.Refused += c.Refused
		sum.Waited += c.Waited
	}
	return sum
}

// parallel is how many requests are on their way to a node at a time, and clientPatience how
// long they may take.
const (
	parallel       = 50
	clientPatience = 4 * time.Second
)

// ask asks a node for all names.
func (r *run) ask(ctx context.Context, node int) Count {
	var mu sync.Mutex
	var count Count
	var wg sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for _, name := range r.names {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			which := r.askOne(ctx, node, name)
			mu.Lock()
			defer mu.Unlock()
			*which(&count)++
		})
	}
	wg.Wait()
	return count
}

// askOne asks for a name, and returns where to count it.
func (r *run) askOne(ctx context.Context, node int, name string) func(*Count) *int {
	ctx, cancel := context.WithTimeout(ctx, clientPatience)
	defer cancel()
	call := time.Since(r.begin)
	status, body, err := r.network.Get(ctx, node, "/iq/"+url.PathEscape(name))
	var a iq.Answer
	switch {
	case err != nil, status != http.StatusOK && time.Since(r.begin)-call >= Timing.Patience:
		return func(c *Count) *int { return &c.Waited }
	case status != http.StatusOK || json.Unmarshal(body, &a) != nil:
		return func(c *Count) *int { return &c.Refused }
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history = append(r.history, check.Operation{
		Node: node, Name: name, Call: call, Return: time.Since(r.begin),
		IQ: a.IQ, Assignment: a.Assignment,
	})
	return func(c *Count) *int { return &c.Answered }
}

// Names returns n names.
func Names(n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("Einstein-%02d", i+1))
	}
	return names
}
