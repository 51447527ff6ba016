package pop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ringmend/ringmend/compat/pop/discovery"
	"github.com/ringmend/ringmend/compat/pop/events"
	"github.com/ringmend/ringmend/compat/pop/swim"
	"github.com/ringmend/ringmend/node"
	swimevents "github.com/ringmend/ringmend/node/swim"
)

// Errors of a bootstrap, with ringpop-go's texts: programs compare the one for a destroyed
// ring.
var (
	errNoProvider = errors.New("no discover provider")
	errDestroyed  = errors.New("node destroyed while attempting to join cluster")
)

// defaultMaxJoinDuration is how long a bootstrap tries to join.
const defaultMaxJoinDuration = 2 * time.Minute

// Bootstrap joins the cluster, and returns the hosts that have answered: none if the list
// is empty or holds this node only. It may be called again when it has failed, with another
// list. Fewer hosts than JoinSize are enough after 3 s, unlike in ringpop-go.
func (r *Ring) Bootstrap(o *swim.BootstrapOptions) ([]string, error) {
	if o == nil {
		o = new(swim.BootstrapOptions)
	}
	n, err := r.makeNode()
	if err != nil {
		return nil, err
	}
	joined, err := r.join(n, o)
	if err != nil {
		r.emit(joinFailed(err))
		return nil, err
	}
	if o.Stopped {
		_ = n.SetGossip(false) // fails only when closed: there is nothing to stop
	}
	return joined, r.becomeReady()
}

func joinFailed(err error) swim.JoinFailedEvent {
	if errors.Is(err, errDestroyed) {
		return swim.JoinFailedEvent{Reason: swim.Destroyed, Error: err}
	}
	return swim.JoinFailedEvent{Reason: swim.Error, Error: err}
}

func (r *Ring) becomeReady() error {
	r.mu.Lock()
	first := !r.ready
	if r.destroyed {
		r.mu.Unlock()
		return errDestroyed
	}
	if first {
		r.ready, r.since = true, time.Now()
	}
	r.mu.Unlock()
	if first {
		r.emit(events.Ready{})
	}
	return nil
}

// makeNode makes the node if there is none yet.
func (r *Ring) makeNode() (*node.Node, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.destroyed:
		return nil, errDestroyed
	case r.node != nil:
		return r.node, nil
	}
	address, err := r.opts.Address()
	if err != nil {
		return nil, err
	}
	transport, err := r.opts.Transport()
	if err != nil {
		return nil, err
	}
	n, err := node.New(node.Config{
		App:           r.opts.App,
		Advertise:     address,
		Hosts:         provider{},
		Identity:      r.opts.Identity,
		Logger:        r.opts.Logger,
		Listener:      r.opts.Listener,
		Transport:     transport,
		AdminFrom:     node.Anywhere(), // as ringpop-go
		Protocol:      r.opts.Protocol,
		ReplicaPoints: r.opts.ReplicaPoints,
	})
	if err != nil {
		return nil, err
	}
	r.watch = watchFrom(n)
	n.AddListener(func(e node.Event) { r.translate(n, e) })
	r.node = n
	return n, nil
}

// join first asks the provider itself, since its error ends the bootstrap here, and then
// lets the node join.
func (r *Ring) join(n *node.Node, o *swim.BootstrapOptions) ([]string, error) {
	if o.DiscoverProvider == nil {
		return nil, errNoProvider
	}
	if _, err := o.DiscoverProvider.Hosts(); err != nil {
		return nil, err
	}
	limit := o.MaxJoinDuration
	if limit <= 0 {
		limit = defaultMaxJoinDuration
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	answered := make(chan []string, 1)
	remove := n.AddListener(func(e node.Event) {
		done, ok := e.(swimevents.Joined)
		if !ok {
			return // [node.EventsLost], which filters let pass
		}
		joined := []string{}
		for _, host := range done.Hosts {
			joined = append(joined, string(host))
		}
		answered <- joined
	}, node.Is[swimevents.Joined])
	defer remove()

	begin := time.Now()
	err := n.BootstrapWith(ctx, node.BootstrapOptions{
		Hosts:           provider{o.DiscoverProvider},
		JoinSize:        max(0, o.JoinSize),
		JoinParallelism: max(0, o.ParallelismFactor),
		JoinTimeout:     max(0, o.JoinTimeout),
	})
	switch {
	case errors.Is(err, node.ErrClosed):
		return nil, errDestroyed
	case ctx.Err() != nil:
		return nil, fmt.Errorf("join duration of %v exceeded max %v: %w", time.Since(begin).Round(time.Millisecond), limit, err)
	case err != nil:
		return nil, err
	}
	select {
	case joined := <-answered:
		return joined, nil
	case <-time.After(time.Second): // it was ready before
		return nil, nil
	}
}

// provider is a list of hosts in ringpop-go's form.
type provider struct{ of discovery.DiscoverProvider }

func (p provider) Hosts(context.Context) ([]string, error) {
	if p.of == nil {
		return nil, nil
	}
	return p.of.Hosts()
}
