package core

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// bornLabels returns the first labels of the node, with its time of birth if the cluster is
// to know it. A node that only observes says it where the strategy goes by it, and
// otherwise leaves the membership as it would be without a resolver.
func bornLabels(cfg *Config, now time.Time) map[string]string {
	labels := cfg.Swim.Labels
	r := &cfg.Resolve
	if r.Strategy == resolve.Off || r.Policy == resolve.Observe && r.Strategy != resolve.KeepOldest || !cfg.Swim.Flavour.HasLabels() {
		return labels
	}
	labels = maps.Clone(labels)
	if labels == nil {
		labels = make(map[string]string, 1)
	}
	labels[resolve.BornLabel] = strconv.FormatInt(now.UnixMilli(), 10)
	return labels
}

// resolving is the resolver as a part of the core. It runs once the node has joined: until
// then it is starting. A nil one is off.
type resolving struct {
	*resolve.Resolver
	cfg      *resolve.Config
	node     *swim.Node
	app      string
	timeout  time.Duration
	now      time.Time
	gap      time.Duration // between the last two inputs
	stalls   bool          // swim has reported a stop of the process since the last advance
	resumed  time.Time     // when the process last continued
	agreeing *agreement
}

func newResolving(cfg *Config, node *swim.Node, now time.Time) *resolving {
	if cfg.Resolve.Strategy == resolve.Off {
		return nil
	}
	r := &resolving{
		Resolver: resolve.New(cfg.Resolve, node, now),
		cfg:      &cfg.Resolve, node: node, app: cfg.Swim.App, timeout: cfg.Swim.PingTimeout, now: now,
	}
	if cfg.Resolve.Handover > 0 {
		r.agreeing = newAgreement(node)
	}
	if cfg.Saved != nil {
		r.Restore(*cfg.Saved)
	}
	return r
}

func (r *resolving) observe(events []swim.Event) {
	if r == nil {
		return
	}
	for _, e := range events {
		switch e.(type) {
		case swim.Stalled:
			r.stalls = true
		case swim.MembersChanged:
			r.agreeing.changed()
		}
	}
	r.Observe(r.now, events)
}

// heardFrom handles what a ping or its answer says about the membership of its sender.
func (r *resolving) heardFrom(p *wire.Ping) {
	if r != nil {
		r.agreeing.heard(p.Source, p.Checksum)
	}
}

// at begins an input. The events of swim that follow have this time.
func (r *resolving) at(now time.Time) {
	if r == nil {
		return
	}
	r.gap = max(0, now.Sub(r.now))
	r.now = r.now.Add(r.gap)
	if r.gap > r.cfg.MaxPause {
		r.resumed = r.now
	}
}

func (r *resolving) advance() {
	if r == nil {
		return
	}
	if r.gap > r.cfg.MaxPause && !r.stalls {
		// Swim had no deadline in that time.
		r.Observe(r.now, []swim.Event{swim.Stalled{For: r.gap}})
	}
	r.stalls = false
	if r.node.Ready() {
		r.Advance(r.now)
	}
}

// deadline is when advance is due: at rest as often as it takes to notice a pause.
func (r *resolving) deadline() (at time.Time, ok bool) {
	if r == nil {
		return time.Time{}, false
	}
	at = r.now.Add(r.cfg.MaxPause / 2)
	if due, ok := r.Deadline(); ok && due.Before(at) && r.node.Ready() {
		at = due
	}
	return at, true
}

// takeResolver makes what the resolver wants done a part of what the core wants done, and
// returns the rest.
func (c *Core) takeResolver() Effects {
	r := c.resolving
	if r == nil {
		return Effects{}
	}
	out := r.Take()
	more := Effects{Lease: out.Lease, ForResolver: !c.out.NeedHosts}
	c.out.Events = append(c.out.Events, out.Events...)
	c.seen = len(c.out.Events)
	c.out.NeedHosts = c.out.NeedHosts || out.NeedHosts
	for _, member := range out.Ask {
		request := &wire.ResolveRequest{App: r.app, Source: r.node.Address()}
		asked := r.now
		c.calls.Start(swim.ResolveState, member, request, r.timeout, func(answer wire.Response, err error) {
			report, err := r.reportOf(member, answer, err)
			if r.resumed.After(asked) {
				err = errOldAnswer
			}
			r.Heard(r.now, member, report, err)
		})
	}
	return more
}

// errOldAnswer means that an answer may be as old as a pause of this process.
var errOldAnswer = errors.New("asked before the process was stopped")

// reportOf returns the report of a node that was asked. A node without the endpoint has no
// resolver.
func (r *resolving) reportOf(from wire.Address, answer wire.Response, err error) (resolve.Report, error) {
	if errors.Is(err, wire.ErrNoEndpoint) {
		return resolve.Report{Lacking: true}, nil
	}
	if err != nil {
		return resolve.Report{}, err
	}
	response, ok := answer.(*wire.ResolveResponse)
	if !ok {
		return resolve.Report{}, fmt.Errorf("%w: %T answers %s", wire.ErrInvalid, answer, wire.EndpointResolveState)
	}
	if err := r.node.CheckAnswerApp(from, response.App); err != nil {
		return resolve.Report{}, err
	}
	if response.State == wire.ResolverOff {
		return resolve.Report{Lacking: true}, nil
	}
	state, ok := resolve.ParseState(response.State)
	if !ok {
		return resolve.Report{}, fmt.Errorf("%w: no state %.40q", wire.ErrInvalid, response.State)
	}
	return resolve.Report{
		State: state, Serves: response.Serves, Checksum: response.Checksum, Epoch: response.Epoch, WrittenOff: response.WrittenOff,
	}, nil
}

// answerResolver answers a node that asks whether this one may serve.
func (c *Core) answerResolver(id swim.RequestID, request *wire.ResolveRequest) {
	answer := swim.Answer{To: id}
	switch app := c.app; {
	case request.App != app:
		answer.Err = fmt.Errorf("%w: this is %q, not %q", swim.ErrOtherApp, app, request.App)
	case request.Source == c.node.Address():
		// By another address than it is known by: it must not count itself twice.
		answer.Err = fmt.Errorf("%w: %s", swim.ErrOwnAddress, request.Source)
	case c.resolving == nil:
		answer.Response = &wire.ResolveResponse{State: wire.ResolverOff, Serves: true, Checksum: c.node.Checksum(), App: c.app}
	default:
		report := c.resolving.Report()
		answer.Response = &wire.ResolveResponse{
			State: report.State.String(), Serves: report.Serves, Checksum: report.Checksum,
			Epoch: report.Epoch, WrittenOff: report.WrittenOff, App: c.app,
		}
	}
	c.out.Answers = append(c.out.Answers, answer)
}

// Resolver gives access to what the resolver thinks; nil when it is off. Only its methods
// that change nothing may be called.
func (c *Core) Resolver() *resolve.Resolver {
	if c.resolving == nil {
		return nil
	}
	return c.resolving.Resolver
}

// AllAgree reports whether each pingable member has sent this node its own checksum since
// the membership has changed, and none is unreachable: then all nodes have the ring of
// this one. It is always false when there is no Handover.
func (c *Core) AllAgree() bool {
	r := c.resolving
	return r != nil && r.agreeing.complete() && r.Whole()
}

// LeaseDone hands in how an operation on the lease went; see [resolve.Resolver.LeaseDone].
func (c *Core) LeaseDone(now time.Time, id uint64, record resolve.Record, err error) {
	c.Advance(now)
	if c.resolving != nil {
		c.resolving.LeaseDone(now, id, record, err)
	}
}

// ErrNoResolver is the error of a command for a resolver that is off.
var ErrNoResolver = errors.New("the resolver is off")

// WriteOff is [resolve.Resolver.WriteOff].
func (c *Core) WriteOff(now time.Time, member wire.Address) (missed bool, err error) {
	c.Advance(now)
	if c.resolving == nil {
		return false, ErrNoResolver
	}
	return c.resolving.WriteOff(now, member), nil
}

// Keep is [resolve.Resolver.Keep].
func (c *Core) Keep(now time.Time) error {
	c.Advance(now)
	switch {
	case c.resolving == nil:
		return ErrNoResolver
	case !c.node.Ready():
		return swim.ErrNotReady
	}
	c.resolving.Keep(now)
	return nil
}
