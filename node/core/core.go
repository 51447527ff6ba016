package core

import (
	"math/rand/v2"
	"time"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Config holds the settings of a core.
type Config struct {
	Swim swim.Config
	Heal heal.Config
	// Resolve is off unless it has a strategy.
	Resolve resolve.Config
	// Saved is what the node kept of the resolver before it was restarted, if it did.
	Saved *resolve.Saved
	// Seed fixes all random choices.
	Seed uint64
}

// DefaultConfig returns the settings for a node of the given app and address.
func DefaultConfig(app string, address wire.Address) Config {
	return Config{Swim: swim.DefaultConfig(app, address), Heal: heal.DefaultConfig(), Resolve: resolve.DefaultConfig()}
}

// Ringpop makes the settings those of a node that does on the wire what the published
// nodes do, and nothing more: one probe at a time, patience for two minutes when joining,
// a heal every 30 s with probability 3/n that does not come back to finish what it began,
// and [swim.RingpopRules].
func (c *Config) Ringpop() {
	c.Swim.Rules = swim.RingpopRules()
	c.Swim.Detection = swim.Detection{}
	c.Swim.MaxProbes = 1
	c.Swim.JoinPatience = 2 * time.Minute
	c.Swim.JoinMaxDelay = time.Minute
	c.Heal.Ringpop = true
}

// Validate returns an error that wraps [swim.ErrConfig] and names the first
// setting that makes no sense.
func (c *Config) Validate() error {
	if err := c.Swim.Validate(); err != nil {
		return err
	}
	if err := c.Heal.Validate(); err != nil {
		return err
	}
	return c.Resolve.Validate()
}

// Core is the state machine of one node. It is not safe for concurrent use.
type Core struct {
	node  *swim.Node
	heal  *heal.Healer
	app   string
	calls *swim.Calls
	out   swim.Effects
	taken swim.Effects // kept to reuse its memory
	seen  int          // how many events of out heal has observed

	resolving *resolving // nil: the resolver is off
	evicting  *evicting
}

// Effects are what the core wants done.
type Effects struct {
	swim.Effects
	Lease *resolve.LeaseRequest // nil: none
	// ForResolver means that only the resolver needs hosts, if any are needed.
	ForResolver bool
}

// New returns the core of a node that is alone and not ready; Bootstrap makes it
// so.
func New(cfg Config, now time.Time) (*Core, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	c := &Core{app: cfg.Swim.App}
	cfg.Swim.Labels = bornLabels(&cfg, now)
	rng := rand.New(rand.NewPCG(cfg.Seed, 0))
	c.calls = swim.NewCalls(&c.out)
	c.node = swim.New(cfg.Swim, now, rng, &c.out, c.calls)
	c.heal = heal.New(cfg.Heal, c.node, now, rng, &c.out)
	c.resolving = newResolving(&cfg, c.node, now)
	c.evicting = newEvicting(&cfg, c.node, &c.out, now)
	return c, nil
}

// Node gives access to what the core believes. Only its methods that change
// nothing may be called.
func (c *Core) Node() *swim.Node { return c.node }

// Take returns the effects since it was last called. The lists are valid
// until the next Take; what is in them stays.
func (c *Core) Take() Effects {
	c.observe()
	more := c.takeResolver()
	c.taken.Reset()
	c.out, c.taken = c.taken, c.out
	c.seen = 0
	more.Effects = c.taken
	return more
}

// observe passes the events of swim to those who go by them. What they do about them has
// events, too.
func (c *Core) observe() {
	for seen := c.seen; seen < len(c.out.Events); seen = c.seen {
		c.seen = len(c.out.Events)
		events := c.out.Events[seen:c.seen]
		c.heal.Observe(events)
		c.resolving.observe(events)
		c.evicting.observe(events)
	}
}

// Deadline returns when Advance is due at the latest; ok is false when the core
// waits for nothing but inputs.
func (c *Core) Deadline() (at time.Time, ok bool) {
	at, ok = c.node.Deadline()
	if h, due := c.heal.Deadline(); due && (!ok || h.Before(at)) {
		at, ok = h, true
	}
	if r, due := c.resolving.deadline(); due && (!ok || r.Before(at)) {
		at, ok = r, true
	}
	if e, due := c.evicting.deadline(); due && (!ok || e.Before(at)) {
		at, ok = e, true
	}
	return at, ok
}

// Advance does what is due at the given time.
func (c *Core) Advance(now time.Time) {
	c.resolving.at(now)
	c.evicting.at(now)
	c.node.Advance(now)
	c.observe()
	c.heal.Advance(now)
	c.resolving.advance()
	c.evicting.advance()
}

// Request handles a call from another node; its answer will carry the id.
func (c *Core) Request(now time.Time, id swim.RequestID, request wire.Request) {
	c.Advance(now)
	switch r := request.(type) {
	case *wire.ResolveRequest:
		c.answerResolver(id, r)
	case *wire.Ping:
		c.node.Request(id, request)
		c.resolving.heardFrom(r)
	default:
		c.node.Request(id, request)
	}
}

// Response hands in how a call went: response if err is nil.
func (c *Core) Response(now time.Time, id swim.CallID, response wire.Response, err error) {
	c.Advance(now)
	c.calls.Finish(id, response, err)
	if pong, ok := response.(*wire.Ping); ok && err == nil {
		c.resolving.heardFrom(pong)
	}
}

// Hosts hands in what discovery lists, or why it could not; see [swim.Node.Hosts]. The
// list must not be modified any more.
func (c *Core) Hosts(now time.Time, hosts []wire.Address, err error) {
	c.Advance(now)
	c.node.Hosts(hosts, err)
	if c.heal.Waiting() {
		c.heal.Hosts(hosts)
	}
	if c.resolving != nil {
		c.resolving.Hosts(now, c.node.AllKnownAs(hosts), err)
	}
}

// Bootstrap begins to join the cluster.
func (c *Core) Bootstrap(now time.Time) {
	c.Advance(now)
	c.node.Bootstrap()
}

// BootstrapWith begins to join the cluster by other settings than those of the
// configuration, or begins anew; see [swim.Node.BootstrapWith].
func (c *Core) BootstrapWith(now time.Time, o swim.JoinOptions) {
	c.Advance(now)
	c.node.BootstrapWith(o)
}

// Tick runs one protocol period now; its answer will carry the id.
func (c *Core) Tick(now time.Time, id swim.RequestID) {
	c.Advance(now)
	c.node.Tick(id)
}

// Heal looks for other sides of a partition now; its answer will carry the id.
func (c *Core) Heal(now time.Time, id swim.RequestID) {
	c.Advance(now)
	c.heal.Heal(id)
}

// SetGossip pauses the protocol periods, or lets them go on.
func (c *Core) SetGossip(now time.Time, on bool) {
	c.Advance(now)
	c.node.SetGossip(on)
}

// SetStatus declares the node to be alive or to leave. While it is evicted it stays out of
// the rings, and comes back when it is readmitted.
func (c *Core) SetStatus(now time.Time, status wire.Status) {
	c.Advance(now)
	if c.evicting.want(status) {
		c.node.SetStatus(status)
	}
}

// SetLabels adds or changes labels of the node; see [swim.Node.SetLabels].
func (c *Core) SetLabels(now time.Time, set map[string]string) error {
	c.Advance(now)
	return c.node.SetLabels(set)
}

// RemoveLabels takes labels of the node away; see [swim.Node.RemoveLabels].
func (c *Core) RemoveLabels(now time.Time, keys ...string) (all bool, err error) {
	c.Advance(now)
	return c.node.RemoveLabels(keys...)
}

// SetIdentity changes the identity of the node.
func (c *Core) SetIdentity(now time.Time, identity string) error {
	c.Advance(now)
	return c.node.SetIdentity(identity)
}

// Reap turns all faulty members into tombstones.
func (c *Core) Reap(now time.Time) {
	c.Advance(now)
	c.node.Reap()
}

// Evict declares the node faulty and tells others at once.
func (c *Core) Evict(now time.Time) {
	c.Advance(now)
	c.node.Evict()
}
