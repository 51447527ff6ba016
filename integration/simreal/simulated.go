package main

import (
	"time"

	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/sim/script"
	"github.com/ringmend/ringmend/sim/world"
)

// simulation is a cluster in the simulator. Its nodes start within a time that was
// measured of processes.
type simulation struct {
	world    *world.World
	believed *views
	first    time.Duration // added to all times: how long the first process took to start
}

func newSimulation(nodes int, seed uint64, first, last time.Duration) *simulation {
	s := script.New(nodes)
	s.Seed = seed
	s.Spread = last - first
	c := &simulation{world: world.New(s), believed: newViews(nodes), first: first}
	c.world.Observe(&follower{c: c})
	c.world.Begin()
	return c
}

// follower follows the nodes.
type follower struct {
	world.Nothing
	c *simulation
}

// Changed is part of [world.Observer].
func (f *follower) Changed(n, subject *world.Node, change *swim.MemberChange) {
	if subject == nil {
		return
	}
	b := belief{since: f.c.now()}
	if after := change.After; after != nil {
		b.status, b.incarnation, b.known = after.Status, after.Incarnation, true
	}
	f.c.believed.changed(int(n.Index), int(subject.Index), b)
}

func (c *simulation) now() time.Duration { return c.world.Now + c.first }

func (c *simulation) pass(d time.Duration) error {
	c.world.RunUntil(c.world.Now + d)
	return nil
}

func (c *simulation) views() *views { return c.believed }

func (c *simulation) crash(node int) error {
	c.world.Perform(&script.Step{Verb: "crash", Sets: []script.Set{{node + 1}}, How: script.HowRefuse})
	return nil
}

// howCut is what the kinds of cuts are in the simulator. What is dropped is lost: a connection
// on which nothing is acknowledged is given up (TCP_USER_TIMEOUT in package tchan), so what
// waits in it does not come late, as it does in a cut that stalls.
var howCut = map[netlab.Kind]string{netlab.Reset: script.HowRefuse, netlab.Drop: script.HowDrop}

func (c *simulation) cut(kind netlab.Kind, a, b []int) error {
	c.world.Perform(&script.Step{Verb: "cut", Sets: []script.Set{set(a), set(b)}, How: howCut[kind]})
	return nil
}

// set returns nodes as scripts number them.
func set(nodes []int) (s script.Set) {
	for _, n := range nodes {
		s = append(s, n+1)
	}
	return s
}

func (c *simulation) mend() error {
	c.world.Perform(&script.Step{Verb: "mend"})
	return nil
}
