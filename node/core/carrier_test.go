package core_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// carrier drives several cores by carrying their messages by hand, on a clock
// that only moves when all that was due has been done. It writes down all that
// happens.
type carrier struct {
	t       *testing.T
	now     time.Time
	nodes   []*carried
	queue   []delivery // those that are due at the same time in their order
	cut     func(from, to wire.Address) bool
	hosts   []wire.Address
	trace   strings.Builder
	latency time.Duration
	dials   int                          // calls of nodes that are down
	pings   map[wire.Address][]time.Time // when each node sent some
}

type carried struct {
	*core.Core
	address wire.Address
	up      bool
	skew    time.Duration // of its clock
	stopped time.Time     // its process is, until then
	epoch   int           // of its process: what belongs to an older one is dropped
	waiting map[swim.RequestID]func(wire.Response, error)
	lastID  swim.RequestID
	events  []swim.Event
}

type delivery struct {
	at time.Time
	do func()
}

var (
	errRefused  = errors.New("connection refused")
	errTimedOut = errors.New("timed out")
	start       = time.UnixMilli(1_700_000_000_000)
)

func newCarrier(t *testing.T, n int, configure func(*core.Config)) *carrier {
	c := &carrier{t: t, now: start, latency: time.Millisecond, pings: make(map[wire.Address][]time.Time), cut: func(wire.Address, wire.Address) bool { return false }}
	for i := range n {
		c.hosts = append(c.hosts, wire.Address(fmt.Sprintf("127.0.0.1:%d", 3000+i)))
	}
	for i := range n {
		c.nodes = append(c.nodes, &carried{address: c.hosts[i]})
		c.start(i, configure)
	}
	return c
}

// start begins the life of a node, or its next one.
func (c *carrier) start(i int, configure func(*core.Config)) {
	n := c.nodes[i]
	cfg := core.DefaultConfig("test", n.address)
	cfg.Seed = uint64(i)
	if configure != nil {
		configure(&cfg)
	}
	var err error
	if n.Core, err = core.New(cfg, c.clock(n)); err != nil {
		c.t.Fatal(err)
	}
	n.up = true
	n.epoch++
	n.waiting = make(map[swim.RequestID]func(wire.Response, error))
	n.Bootstrap(c.clock(n))
	c.collect(n)
}

// pause stops the process of a node for a while: what is to be done by it is
// done afterwards.
func (c *carrier) pause(i int, d time.Duration) { c.nodes[i].stopped = c.now.Add(d) }

// clock is what a node takes for the time.
func (c *carrier) clock(n *carried) time.Time { return c.now.Add(n.skew) }

// whenRunning does something on a node, later if its process is stopped.
func (c *carrier) whenRunning(n *carried, do func()) {
	if left := n.stopped.Sub(c.now); left > 0 {
		c.after(left, func() { c.whenRunning(n, do) })
		return
	}
	do()
}

func (c *carrier) kill(i int) { c.nodes[i].up = false }

func (c *carrier) after(d time.Duration, do func()) {
	c.queue = append(c.queue, delivery{at: c.now.Add(d), do: do})
}

// run lets time pass.
func (c *carrier) run(d time.Duration) {
	end := c.now.Add(d)
	for {
		at, do, ok := c.next()
		if !ok || at.After(end) {
			c.now = end
			return
		}
		c.now = at
		do()
	}
}

// until lets time pass until ok holds, and fails the test when it takes longer
// than the limit.
func (c *carrier) until(what string, limit time.Duration, ok func() bool) time.Duration {
	c.t.Helper()
	began := c.now
	for !ok() {
		if c.now.Sub(began) > limit {
			c.t.Fatalf("not within %v: %s\n%s", limit, what, c.state())
		}
		c.run(10 * time.Millisecond)
	}
	return c.now.Sub(began)
}

// next returns what is to be done first, and when.
func (c *carrier) next() (at time.Time, do func(), ok bool) {
	for i, d := range c.queue {
		if !ok || d.at.Before(at) {
			at, ok = d.at, true
			do = func() {
				c.queue = slices.Delete(c.queue, i, i+1)
				d.do()
			}
		}
	}
	for _, n := range c.nodes {
		deadline, due := n.Deadline()
		deadline = deadline.Add(-n.skew)
		if deadline.Before(n.stopped) {
			deadline = n.stopped
		}
		if n.up && due && (!ok || deadline.Before(at)) {
			at, ok = deadline, true
			do = func() { n.Advance(c.clock(n)); c.collect(n) }
		}
	}
	if at.Before(c.now) {
		at = c.now
	}
	return at, do, ok
}

// collect carries out what a core wants done.
func (c *carrier) collect(n *carried) {
	out := n.Take()
	for _, e := range out.Events {
		n.events = append(n.events, e)
		c.log(n, "%T %s", e, describe(e))
	}
	for _, a := range out.Answers {
		done := n.waiting[a.To]
		delete(n.waiting, a.To)
		done(a.Response, a.Err)
	}
	for _, call := range out.Calls {
		c.carry(n, call)
	}
	if out.NeedHosts {
		epoch := n.epoch
		c.after(0, func() {
			if n.up && n.epoch == epoch {
				n.Hosts(c.clock(n), c.hosts, nil)
				c.collect(n)
			}
		})
	}
}

func describe(e swim.Event) string {
	if m, ok := e.(swim.MembersChanged); ok {
		var b strings.Builder
		for _, change := range m.Changes {
			if after := change.After; after != nil {
				fmt.Fprintf(&b, " %s=%v@%d", after.Address, after.Status, after.Incarnation)
			} else {
				fmt.Fprintf(&b, " -%s", change.Before.Address)
			}
		}
		return b.String()
	}
	return fmt.Sprintf("%+v", e)
}

func (c *carrier) carry(from *carried, call swim.Call) {
	epoch := from.epoch
	if _, ok := call.Request.(*wire.Ping); ok {
		c.pings[from.address] = append(c.pings[from.address], c.now)
	}
	c.log(from, "-> %s %s %+v", call.Target, call.Request.Endpoint(), call.Request)
	finish := func(after time.Duration, response wire.Response, err error) {
		c.after(after, func() {
			c.whenRunning(from, func() {
				if from.up && from.epoch == epoch {
					from.Response(c.clock(from), call.ID, response, err)
					c.collect(from)
				}
			})
		})
	}
	to := c.node(call.Target)
	switch {
	case to == nil || !to.up:
		c.dials++
		finish(c.latency, nil, errRefused)
		return
	case c.cut(from.address, call.Target), to.stopped.After(c.now.Add(call.Timeout)):
		finish(call.Timeout, nil, errTimedOut)
		return
	}
	c.after(c.latency, func() {
		c.whenRunning(to, func() {
			if !to.up {
				finish(0, nil, errRefused)
				return
			}
			to.lastID++
			to.waiting[to.lastID] = func(r wire.Response, err error) { finish(c.latency, r, err) }
			to.Request(c.clock(to), to.lastID, call.Request)
			c.collect(to)
		})
	})
}

func (c *carrier) node(address wire.Address) *carried {
	for _, n := range c.nodes {
		if n.address == address {
			return n
		}
	}
	return nil
}

func (c *carrier) log(n *carried, format string, args ...any) {
	fmt.Fprintf(&c.trace, "%d %s ", c.now.Sub(start).Milliseconds(), n.address)
	fmt.Fprintf(&c.trace, format+"\n", args...)
}

// converged reports whether all nodes that are up agree, and hold exactly those
// alive that are.
func (c *carrier) converged() bool {
	var first uint32
	seen := false
	for _, n := range c.nodes {
		if !n.up {
			continue
		}
		sum := n.Node().Checksum()
		if !n.Node().Ready() || seen && sum != first {
			return false
		}
		first, seen = sum, true
		for _, other := range c.nodes {
			m, ok := n.Node().Member(other.address)
			if (ok && m.Status == wire.Alive) != other.up {
				return false
			}
		}
	}
	return true
}

func (c *carrier) state() string {
	var b strings.Builder
	for _, n := range c.nodes {
		fmt.Fprintf(&b, "%s up=%v checksum=%d:", n.address, n.up, n.Node().Checksum())
		for _, m := range n.Node().Members() {
			fmt.Fprintf(&b, " %s=%v@%d", m.Address, m.Status, m.Incarnation-start.UnixMilli())
		}
		b.WriteByte('\n')
	}
	return b.String()
}
