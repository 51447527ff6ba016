package world

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/script"
)

// Perform carries out a step now, whatever its time.
func (w *World) Perform(s *script.Step) {
	for _, o := range w.observers {
		o.Step(s)
	}
	switch s.Verb {
	case "cut", "one-way":
		how := s.How
		if how == "" {
			how = script.HowDrop
		}
		w.Net.cuts = append(w.Net.cuts, cut{part: parts(len(w.Nodes), s.Sets), oneWay: s.Verb == "one-way", how: how})
	case "lag":
		w.Net.lags = append(w.Net.lags, lag{part: parts(len(w.Nodes), s.Sets), by: s.Time})
	case "mend":
		w.Net.cuts, w.Net.lags = nil, nil
		w.flow()
	case "loss":
		w.Net.loss, w.Net.resend = s.Rate, 0
		if s.How == script.HowResend {
			w.Net.loss, w.Net.resend = 0, s.Rate
		}
	case "duplicate":
		w.Net.duplicate = s.Rate
	case "list":
		w.list(s)
	case "store":
		w.store.perform(len(w.Nodes), s)
	default:
		for _, number := range s.Sets[0] {
			w.performOn(w.Nodes[number-1], s)
		}
	}
}

// performOn carries out a step on one node.
func (w *World) performOn(n *Node, s *script.Step) {
	switch {
	case s.Verb == "restart":
		w.kill(n, false)
		w.launch(n, s.Time)
		return
	case s.Verb == "slow":
		n.Slow = s.Time
		return
	case s.Verb == "busy":
		n.Busy, n.runsAt = s.Time, w.Now
		return
	case !n.Up:
		return
	}
	for _, o := range w.observers {
		o.StepOn(n, s)
	}
	switch s.Verb {
	case "crash":
		w.kill(n, s.How == script.HowDrop)
	case "pause":
		w.pause(n, s.Time)
	default:
		w.Input(n, func(c *core.Core, local time.Time) { w.command(n, c, local, s) })
	}
}

// command carries out a step that is an input of the node's core, or changes its clock.
func (w *World) command(n *Node, c *core.Core, local time.Time, s *script.Step) {
	switch s.Verb {
	case "drift":
		n.clock.drift(w.Now, int64(s.Rate))
	case "leave":
		n.Left = true
		c.SetStatus(local, wire.Leave)
	case "rejoin":
		n.Left = false
		c.SetStatus(local, wire.Alive)
	case "evict":
		n.Doomed = true
		c.Evict(local)
	case "expel", "readmit":
		w.sayOf(c, local, s)
	case "reap":
		c.Reap(local)
	case "heal":
		c.Heal(local, n.nextRequest())
	case "label":
		if err := c.SetLabels(local, map[string]string{"at": w.Now.String()}); err != nil {
			w.Violate(InvariantPanic, []*Node{n}, "node %d refuses a label: %v", n.Number(), err)
		}
	}
}

// sayOf has a node evict members, or readmit them, and notes which word is the last one. A
// node that refuses says nothing.
func (w *World) sayOf(c *core.Core, local time.Time, s *script.Step) {
	say := c.EvictMember
	if s.Verb == "readmit" {
		say = c.ReadmitMember
	}
	for _, number := range s.Sets[1] {
		subject := w.Nodes[number-1]
		if r, err := say(local, subject.Address); err == nil {
			w.Words.Merge(r)
			subject.Expelled = w.Words.Evicted(subject.Address)
			subject.Accused = true
		}
	}
}

// list sets what discovery lists for some nodes: the second set, or, without one,
// each node itself only.
func (w *World) list(s *script.Step) {
	for _, number := range s.Sets[0] {
		n := w.Nodes[number-1]
		switch {
		case s.How == script.HowNowhere:
			n.hosts = []wire.Address{nowhere}
		case len(s.Sets) == 1:
			n.hosts = []wire.Address{n.Address}
		default:
			n.hosts = nil // the old list was handed in
		}
		for _, listed := range s.Sets[1:] {
			for _, host := range listed {
				n.hosts = append(n.hosts, w.Nodes[host-1].Address)
			}
		}
		slices.Sort(n.hosts)
	}
}

// nowhere is an address at which no node ever is.
const nowhere wire.Address = "10.255.255.1:3000"

// pause stops a process for a while, or for longer if it is stopped already.
func (w *World) pause(n *Node, d time.Duration) {
	left := max(0, n.Stopped-w.Now)
	n.Stopped = max(n.Stopped, w.Now+d)
	n.Stops++
	n.Stood += max(0, d-left)
	w.queue.push(event{at: n.Stopped, kind: resume, node: n.Index, life: n.Life})
}

// warmUp makes the membership that a warm start begins with.
func (w *World) warmUp() {
	for _, n := range w.Nodes[:w.Script.Start] {
		cfg := w.regular(n)
		born := Epoch.Add(n.ahead)
		w.warm = append(w.warm, wire.Change{
			Address: n.Address, Incarnation: born.UnixMilli(), Status: wire.Alive, Labels: cfg.Swim.Labels,
			Source: n.Address, SourceIncarnation: born.UnixMilli(), Timestamp: born.Unix(),
		})
	}
}

// welcome answers the joins of a warm start: all members are there already.
func (w *World) welcome(c *Call) wire.Response {
	if _, ok := c.Request.(*wire.JoinRequest); !ok || c.To == nil {
		return nil
	}
	const version = 1 // shared, as the memberships of cores are
	return &wire.JoinResponse{App: "sim", Coordinator: c.To.Address, Membership: wire.Changes(w.warm...).AtVersion(version)}
}
