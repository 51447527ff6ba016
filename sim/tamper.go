package sim

import (
	"maps"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/evict"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/world"
)

// What the mutants do to messages and nodes.

// gossip sends a node a ping that comes from no node of the cluster.
func (w *run) gossip(index int, changes ...wire.Change) {
	w.Inject(w.Nodes[index], func(c *core.Core, local time.Time, id swim.RequestID) {
		c.Request(local, id, &wire.Ping{App: "sim", Source: "10.9.9.9:1", Changes: wire.Changes(changes...), Checksum: c.Node().Checksum()})
	})
}

// alter makes a body carry other changes, if it carries any.
func alter(body any, other func([]wire.Change) []wire.Change) {
	if list := world.Changes(body); list != nil {
		*list = wire.Changes(other(list.All())...).AtVersion(list.Version())
	}
}

// loseRefutations sets what node 3 says of itself back to its first incarnation.
func loseRefutations(w *run, from, _ *world.Node, changes []wire.Change) []wire.Change {
	if from != w.Nodes[2] {
		return changes
	}
	altered := slices.Clone(changes)
	for i := range altered {
		if c := &altered[i]; c.Address == from.Address {
			c.Incarnation = min(c.Incarnation, from.Launched().UnixMilli())
		}
	}
	return altered
}

func hideTheLiving(w *run, c *world.Call, response wire.Response) wire.Response {
	r, ok := response.(*wire.JoinResponse)
	if !ok || !c.From.Core.Node().Ready() {
		return response
	}
	altered := slices.Clone(r.Membership.All())
	for i := range altered {
		ours, known := c.From.Core.Node().Member(altered[i].Address)
		if known && !ours.Status.Pingable() {
			altered[i].Status = ours.Status
		}
	}
	r.Membership = wire.Changes(altered...).AtVersion(r.Membership.Version())
	return r
}

// accuseAgain tells node 1 that a member which it holds suspect is so at a later
// incarnation, too.
func accuseAgain(w *run) {
	const later = int64(time.Hour / time.Millisecond)
	for a, incarnation := range w.checks.Suspects(w.Nodes[0]) {
		if incarnation < world.Epoch.UnixMilli()+later {
			w.gossip(0, wire.Change{Address: a, Incarnation: incarnation + later, Status: wire.Suspect})
			return
		}
	}
}

// accuseFromTheFuture tells node 1 that node 2 is suspect, as of an hour from now.
func accuseFromTheFuture(w *run) {
	if w.Now <= 10*time.Second {
		return
	}
	a := w.Nodes[1].Address
	m, ok := w.Nodes[0].Core.Node().Member(a)
	if future := world.Epoch.Add(time.Hour).UnixMilli(); ok && m.Incarnation < future {
		w.gossip(0, wire.Change{Address: a, Incarnation: future, Status: wire.Suspect})
	}
}

func nameTheSource(_ *run, c *world.Call) {
	if p, ok := c.Request.(*wire.Ping); ok && c.TellsOtherSide() {
		named := slices.Clone(p.Changes.All())
		for i := range named {
			named[i].Source, named[i].SourceIncarnation = c.From.Address, 1
		}
		altered := *p
		altered.Changes = wire.Changes(named...).AtVersion(p.Changes.Version())
		c.Request = &altered
	}
}

func replayTheDead(w *run) {
	for i, m := range w.Nodes {
		for a, incarnation := range w.checks.Forgotten(m) {
			if _, known := m.Core.Node().Member(a); m.Up && !known {
				w.gossip(i, wire.Change{Address: a, Incarnation: incarnation, Status: wire.Alive})
				return
			}
		}
	}
}

func addOldNews(w *run, c *world.Call) {
	if p, ok := c.Request.(*wire.Ping); ok && p.Changes.Version() == 0 && w.Now > 20*time.Second {
		altered := *p
		altered.Changes = wire.Changes(append(slices.Clone(p.Changes.All()), wire.Change{Address: c.From.Address, Incarnation: 1})...)
		c.Request = &altered
	}
}

func answerForTheDead(w *run, c *world.Call) {
	if c.To == nil || c.To.Up || c.To.Life == 0 {
		return
	}
	if _, ok := c.Request.(*wire.Ping); !ok {
		return
	}
	for _, m := range w.Nodes {
		if m.Up && m != c.From {
			c.Posing, c.To = c.To.Address, m
			return
		}
	}
}

func pose(_ *run, c *world.Call, r wire.Response) wire.Response {
	if ping, ok := r.(*wire.Ping); ok && c.Posing != "" {
		altered := *ping
		altered.Source = c.Posing
		return &altered
	}
	return r
}

// loseLabels keeps the labels of node 4 from node 1.
func loseLabels(w *run, _, to *world.Node, changes []wire.Change) []wire.Change {
	if to != w.Nodes[0] {
		return changes
	}
	altered := slices.Clone(changes)
	for i := range altered {
		if altered[i].Address == w.Nodes[3].Address {
			altered[i].Labels = nil
		}
	}
	return altered
}

// loseWords keeps labels about evictions from node 4.
func loseWords(w *run, _, to *world.Node, changes []wire.Change) []wire.Change {
	if to != w.Nodes[3] {
		return changes
	}
	altered := slices.Clone(changes)
	for i := range altered {
		labels := maps.Clone(altered[i].Labels)
		maps.DeleteFunc(labels, func(key, _ string) bool { return evict.IsLabel(key) })
		altered[i].Labels = labels
	}
	return altered
}

func refuseReturners(_ *run, c *world.Call, r wire.Response) wire.Response {
	if join, ok := r.(*wire.JoinResponse); ok && c.From.Life > 1 {
		c := *join
		c.App = "another"
		return &c
	}
	return r
}

func slander(w *run) {
	if len(w.Nodes) > 1 && w.Now > 5*time.Second {
		a := w.Nodes[1].Address
		if m, ok := w.Nodes[0].Core.Node().Member(a); ok {
			w.gossip(0, wire.Change{Address: a, Incarnation: m.Incarnation, Status: wire.Faulty})
		}
	}
}
